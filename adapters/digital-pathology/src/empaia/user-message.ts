import { DeepHealthError, type ErrorCode } from '@deephealth/sdk';

/** What a pathologist is told, who can act on the slide and on nothing else. */
const SENTENCES: Readonly<Partial<Record<ErrorCode, string>>> = {
  DH_SLIDE_SCALE_MISSING:
    'The slide does not say how large its pixels are, so the analysis would measure wrongly. It was not analysed. Have it scanned or exported again with its pixel size.',
  DH_SLIDE_GEOMETRY_CONFLICT:
    'The slide contradicts itself about its size or resolution. It was not analysed. Have it scanned or exported again.',
  DH_SLIDE_UNSUITABLE:
    'The slide, or the chosen region, does not suit this analysis: it is too coarse, holds no tissue, has several focal planes, or the region lies beside the tissue. Choose another slide or region.',
  DH_SLIDE_UNREADABLE:
    'The slide cannot be read by this analysis: it is not a brightfield slide in colour, or its description is incomplete.',
  DH_SLIDE_REGION_UNREADABLE:
    'A part of the slide cannot be read. Nothing was put in its place, and there is no result. Have the slide scanned or exported again.',
  DH_PLATFORM_UNREACHABLE:
    'The connection to the platform was lost for too long. The analysis did not end; start it again.',
  DH_PLATFORM_UNAUTHENTICATED: 'The platform did not admit the analysis. Tell whoever runs the platform.',
  DH_PLATFORM_REFUSED: 'The platform did not take what the analysis sent. Tell whoever runs the platform.',
};

const ANY_OTHER =
  'The analysis ended by a technical fault, and there is no result. Start it again, and tell whoever runs it if the fault stays.';

/**
 * A sentence or two for the pathologist who waits for a job: no path, address, number or text of an error, which may
 * hold what nobody should read. The code at its end is for whoever runs the analysis.
 */
export function userMessage(error: unknown): string {
  const { code } = DeepHealthError.from(error);
  return `${SENTENCES[code] ?? ANY_OTHER} (${code})`;
}
