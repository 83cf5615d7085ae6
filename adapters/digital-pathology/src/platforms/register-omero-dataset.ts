import { exchange, type HttpSettings, parseBaseUrl } from './http-exchange.js';
import { refused, unauthenticated } from './platform-errors.js';

export interface OmeroRegistration extends HttpSettings {
  /** Root of ome_seadragon: "https://omero.example/ome_seadragon". */
  readonly baseUrl: string;
  /** Name of the file in the folder that ome_seadragon serves arrays from; someone has put it there. */
  readonly dataset: string;
  /** Unpacks the archive. CRS4 does so for tumour, and not for tissue. */
  readonly extractArchive: boolean;
  /** Leaves the archive where it is. Default true. */
  readonly keepArchive?: boolean;
  /** Header Cookie of a session of OMERO.web. */
  readonly cookie?: string;
}

export interface RegisteredDataset {
  /** For the prediction in ProMort. */
  readonly omeroId: number;
  readonly label: string;
  /** False if it was registered before. */
  readonly isNew: boolean;
}

/**
 * Makes an array known to ome_seadragon (`arrays/register_dataset/`), so that it is shown over its slide.
 *
 * @throws DH_PLATFORM_REFUSED with what the platform says, DH_PLATFORM_UNAUTHENTICATED, DH_PLATFORM_UNREACHABLE,
 * DH_REQUEST_MALFORMED, DH_CANCELLED
 */
export async function registerOmeroDataset(registration: OmeroRegistration): Promise<RegisteredDataset> {
  const { dataset, extractArchive, keepArchive = true, cookie } = registration;
  const url = new URL('arrays/register_dataset/', parseBaseUrl(registration.baseUrl));
  url.searchParams.set('dataset_label', dataset);
  url.searchParams.set('keep_archive', String(keepArchive));
  url.searchParams.set('extract_archive', String(extractArchive));
  const response = await exchange(
    { method: 'GET', url, headers: { accept: 'application/json', ...(cookie === undefined ? {} : { cookie }) } },
    registration,
  );
  // Those that are not logged in are sent to the page where they can.
  if ([301, 302, 303, 307, 401, 403].includes(response.status)) throw unauthenticated();
  const secrets = cookie === undefined ? [] : [cookie];
  if (response.status !== 200) throw refused('to register the array', response, secrets);
  const answer = parseAnswer(response.body);
  if (answer === undefined) throw refused('to say the id of the array', response, secrets);
  return answer;
}

function parseAnswer(body: Buffer): RegisteredDataset | undefined {
  try {
    const { omero_id: omeroId, label, created } = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
    if (typeof omeroId !== 'number' || typeof label !== 'string') return undefined;
    return { omeroId, label, isNew: created !== false };
  } catch {
    return undefined;
  }
}
