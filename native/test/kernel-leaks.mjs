// Runs every kernel many times and looks at how the process grows.
//   node --expose-gc kernel-leaks.mjs <rounds>
// Prints by how many kilobytes the least resident set of the last third of the rounds is above that of
// the third before: the garbage collector makes it go up and down, and only a leak lifts its lowest
// point. With LeakSanitizer preloaded, the end of the process tells what nobody holds any more.
import { KERNELS, runRound } from './kernel-rounds.mjs';

const SAMPLES = 10;
const rounds = Number(process.argv[2]);

/** The least resident set, in kilobytes, of a third of the rounds. */
function runThird() {
  let least = Infinity;
  for (let sample = 0; sample < SAMPLES; sample++) {
    for (let i = 0; i < rounds / 3 / SAMPLES; i++) runRound();
    globalThis.gc();
    least = Math.min(least, process.memoryUsage.rss() / 1024);
  }
  return least;
}

// Compilers, pools and the allocator have what they need after the first third.
runThird();
const before = runThird();
const grownKilobytes = Math.round(runThird() - before);
process.stdout.write(`${JSON.stringify({ kernels: KERNELS.length, rounds, grownKilobytes })}\n`);
