import { DeepHealthError, sha256 } from '@deephealth/sdk';
import { applyCrs4Filter, parseCrs4Filter } from '../outputs/crs4/crs4-filter.js';
import { readCrs4Array } from '../outputs/crs4/read-crs4-array.js';
import { type Coverage, createCoverage } from '../tissue/coverage.js';

/** A tile is asked for where at least so much of it fulfils a filter; less is the rounding of levels. */
export const LEAST_FILTER_SHARE = 0.01;

/**
 * Where an array of an earlier run fulfils a condition, "tissue_low>0.1".
 *
 * @returns what it covers, and a digest of it, for the plan of a run
 * @throws DH_REQUEST_MALFORMED, DH_MEDIA_UNREADABLE, and DH_SLIDE_UNSUITABLE where nothing is left
 */
export async function readCrs4Coverage(filter: {
  readonly condition: string;
  readonly archive: string;
}): Promise<{ readonly coverage: Coverage; readonly sha256: string }> {
  const condition = parseCrs4Filter(filter.condition);
  const array = await readCrs4Array(filter.archive, condition.label);
  const marks = applyCrs4Filter(array, condition);
  if (!marks.includes(1)) {
    throw new DeepHealthError(
      'DH_SLIDE_UNSUITABLE',
      'The filter leaves nothing of the slide. Nothing was computed: look at the array that it reads.',
    );
  }
  return {
    coverage: createCoverage(marks, array.grid),
    sha256: sha256(Buffer.concat([marks, Buffer.from(JSON.stringify(array.grid))])),
  };
}
