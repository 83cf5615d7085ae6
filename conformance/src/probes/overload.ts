import { TargetFailure } from '../run/case-result.js';

/** What became of more requests than are taken at a time. */
export interface Overload {
  readonly answered: number;
  readonly refused: number;
}

/**
 * Sends more than are taken at a time, each held for a while; where none is refused, once more, held for longer: on a
 * machine that does much else, the last one may come when the first is done.
 *
 * @param what is sent, in the plural
 * @throws TargetFailure if all are taken both times
 */
export async function overload(
  what: string,
  heldMs: number,
  send: (heldMs: number) => Promise<Overload>,
): Promise<string[]> {
  let taken = 0;
  for (const eachMs of [heldMs, 4 * heldMs]) {
    const { answered, refused } = await send(eachMs);
    if (refused > 0) return [`${answered} ${what} were answered, ${refused} refused as too many`];
    taken = answered;
  }
  throw new TargetFailure(`${taken} ${what} at a time were all taken`);
}
