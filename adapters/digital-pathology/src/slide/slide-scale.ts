import { DeepHealthError } from '@deephealth/sdk';
import type { MicronsPerPixel } from './slide.js';

/** Size of a pixel of level 0 in micrometres, as a caller gives it: of both axes, or of each. */
export type GivenMicronsPerPixel = number | { readonly x: number; readonly y: number };

/** What a file says of the size of its pixels, read but not yet judged. */
export interface ScaleStatement {
  readonly x: number;
  readonly y: number;
  /** Tag or property. */
  readonly source: string;
}

// Beyond these a value is no size of a pixel under a microscope, but a default or a unit mistaken.
const SMALLEST_UM = 0.01;
const LARGEST_UM = 1000;
/** No scanner's pixels differ more in their two sides. */
const MOST_ANISOTROPY = 0.05;
/** Two statements that are nearer to each other than this are one. */
const SAME_SCALE = 0.01;

/**
 * Size of a pixel of level 0: the caller's word, or else the file's.
 *
 * @throws DH_SLIDE_SCALE_MISSING where nobody says it, or what is said can be none
 * @throws DH_SLIDE_GEOMETRY_CONFLICT where the file's pixels would not be square, or two of its statements
 * differ by more than 1 %
 */
export function chooseScale(
  given: GivenMicronsPerPixel | undefined,
  statements: readonly (ScaleStatement | undefined)[],
): MicronsPerPixel {
  if (given !== undefined) return checkGiven(given);
  const stated = statements.filter((one) => one !== undefined);
  const first = stated.find(isPlausible);
  if (first === undefined) throw missing(stated);
  // A statement that can be none contradicts one that can, too.
  for (const other of stated) checkSame(first, other);
  if (Math.abs(first.x / first.y - 1) > MOST_ANISOTROPY) {
    throw new DeepHealthError(
      'DH_SLIDE_GEOMETRY_CONFLICT',
      `The pixels of the slide are not square: ${first.source} makes them ${shown(first.x)} x ${shown(first.y)} µm. State the size of a pixel if you know it.`,
      { details: { source: first.source, x: shown(first.x), y: shown(first.y) } },
    );
  }
  return first;
}

function checkGiven(given: GivenMicronsPerPixel): MicronsPerPixel {
  const { x, y } = typeof given === 'number' ? { x: given, y: given } : given;
  if (isPlausible({ x, y })) return { x, y, source: 'given' };
  throw new DeepHealthError(
    'DH_SLIDE_SCALE_MISSING',
    `The size of a pixel that was given is not between ${SMALLEST_UM} and ${LARGEST_UM} µm.`,
  );
}

function isPlausible({ x, y }: { readonly x: number; readonly y: number }): boolean {
  return [x, y].every((value) => value >= SMALLEST_UM && value <= LARGEST_UM);
}

function checkSame(first: ScaleStatement, other: ScaleStatement): void {
  const differs = (a: number, b: number) => !(Math.abs(b / a - 1) <= SAME_SCALE);
  if (!differs(first.x, other.x) && !differs(first.y, other.y)) return;
  const [one, two] = [first, other].map(({ x, y }) => `${shown(x)} x ${shown(y)}`) as [string, string];
  throw new DeepHealthError(
    'DH_SLIDE_GEOMETRY_CONFLICT',
    `The file contradicts itself about the size of a pixel: ${first.source} makes it ${one} µm, ${other.source} ${two} µm. State the size of a pixel if you know which is right.`,
    { details: { [first.source]: one, [other.source]: two } },
  );
}

function missing(stated: readonly ScaleStatement[]): DeepHealthError {
  const said = stated.map(({ x, y, source }) => `${source} says ${shown(x)} x ${shown(y)} µm, which can be none`);
  return new DeepHealthError(
    'DH_SLIDE_SCALE_MISSING',
    `The slide does not say how many micrometres a pixel measures${said.length === 0 ? '' : ` (${said.join('; ')})`}. Find it out from the scanner and state it.`,
  );
}

function shown(value: number): string {
  return String(Number(value.toPrecision(6)));
}
