import { CDS_SERVICES } from '../../cds/cds-models.js';
import type { CdsSettings } from '../../cds/suite-clients.js';
import { serveJson } from '../../simulators/http-json.js';
import { CdsReference, type CdsReferenceOptions } from './cds-reference.js';

export interface RunningCds {
  readonly baseUrl: string;
  readonly reference: CdsReference;
  stop(): Promise<void>;
}

/** What a mutant puts in the place of the reference's parts. */
export interface CdsParts extends Pick<CdsReferenceOptions, 'Trust' | 'Features' | 'Cards'> {
  readonly Service?: typeof CdsReference;
}

/**
 * Serves the reference, or a mutant of it, on a free port of loopback.
 *
 * @param digests SHA-256 of the suite's packages by their models; the reference knows their bindings
 */
export async function serveCds(
  settings: CdsSettings & { readonly runtime: string },
  digests: Readonly<Record<string, string>>,
  { Service = CdsReference, ...parts }: CdsParts = {},
): Promise<RunningCds> {
  const reference = new Service({ ...settings, ...parts, services: CDS_SERVICES, digests });
  const server = await serveJson((request) => reference.answer(request));
  reference.baseUrl = server.url;
  return {
    baseUrl: server.url,
    reference,
    stop: async () => {
      reference.stop();
      await server.stop();
    },
  };
}
