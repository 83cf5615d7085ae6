import { DeepHealthError } from '../errors/deephealth-error.js';
import type { GoldenCase } from './golden.js';

/**
 * Golden cases in the order in which they can run: as given, except that a case which another one
 * follows comes before it. Several cases may follow the same one, each from its state.
 *
 * Throws DH_GOLDEN_MALFORMED for a case that follows one that is not there, one of an id that
 * occurs twice, or, at whatever distance, itself.
 */
export function orderGoldenCases(cases: readonly GoldenCase[]): GoldenCase[] {
  const ordered = new Set<GoldenCase>();
  for (const golden of cases) {
    // From the case back to the start of its sequence; a loop, since a recording may have thousands.
    const chain: GoldenCase[] = [];
    const seen = new Set<GoldenCase>();
    for (let next: GoldenCase | undefined = golden; next !== undefined && !ordered.has(next); ) {
      if (seen.has(next)) throw malformed(next, `follows itself: ${describe(chain, next)}`);
      seen.add(next);
      chain.push(next);
      next = followed(next, cases);
    }
    for (const one of chain.reverse()) ordered.add(one);
  }
  return [...ordered];
}

function followed(golden: GoldenCase, cases: readonly GoldenCase[]): GoldenCase | undefined {
  if (golden.follows === undefined) return undefined;
  const candidates = cases.filter(({ id }) => id === golden.follows);
  if (candidates.length > 1) throw malformed(golden, `follows "${golden.follows}", and two cases have this id`);
  if (candidates[0] === undefined)
    throw malformed(golden, `follows "${golden.follows}", which is no case of the package`);
  return candidates[0];
}

function describe(chain: readonly GoldenCase[], start: GoldenCase): string {
  const cycle = chain.slice(chain.indexOf(start)).map(({ id }) => `"${id}"`);
  const shown = cycle.length > 5 ? [...cycle.slice(0, 4), '…'] : cycle;
  return [...shown, `"${start.id}"`].join(' follows ');
}

function malformed(golden: GoldenCase, what: string): DeepHealthError {
  return new DeepHealthError('DH_GOLDEN_MALFORMED', `Golden case "${golden.id}" ${what}. Correct "follows".`, {
    details: { case: golden.id },
  });
}
