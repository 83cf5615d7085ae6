import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/** What is alive after everything dead was collected, and what the process has of the machine. */
export async function liveMemory(): Promise<{ readonly liveBytes: number; readonly residentBytes: number }> {
  if (collect === undefined) {
    // The collector of this process, whatever it was started with.
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  // What its finalizers let go, such as the memory of a WebAssembly module, goes with the next one.
  await nextTurn();
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { liveBytes: heapUsed + external, residentBytes: rss };
}
