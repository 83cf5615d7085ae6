/** Trials for one input; most of what can be left out is gone by then. */
const MOST_TRIALS = 2000;

/**
 * A smaller input that still fails as the given one does: parts are left out, ever smaller ones, then bytes are
 * made zero. Gives the input itself where nothing can go.
 *
 * @param fails whether an input fails in the same way
 * @param mostMs no trial is begun after so long
 */
export async function minimiseInput(
  input: Buffer,
  fails: (candidate: Buffer) => Promise<boolean>,
  mostMs = 30_000,
): Promise<Buffer> {
  const endMs = performance.now() + mostMs;
  let smallest = input;
  let trials = 0;
  const isOver = () => trials >= MOST_TRIALS || performance.now() > endMs;
  const attempt = async (candidate: Buffer) => {
    trials++;
    // A copy: what reads may write.
    if (!(await fails(Buffer.from(candidate)))) return false;
    smallest = candidate;
    return true;
  };
  for (let length = Math.ceil(smallest.length / 2); length >= 1 && !isOver(); length = Math.floor(length / 2)) {
    for (let at = 0; at < smallest.length && !isOver(); ) {
      const without = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + length)]);
      if (!(await attempt(without))) at += length;
    }
  }
  for (let at = 0; at < smallest.length && !isOver(); at++) {
    if (smallest[at] === 0) continue;
    const zeroed = Buffer.from(smallest);
    zeroed[at] = 0;
    await attempt(zeroed);
  }
  return smallest;
}
