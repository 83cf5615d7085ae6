// Eight worker threads load the addon at the same time and use its kernels, until the way of ending that
// the argument names: "finish", "terminate" in the middle of calls, "refuse" (ended in the middle of calls
// that throw), or "exit" of the whole process. The second argument is the path of the addon.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { allResults, runRound } from './kernel-rounds.mjs';

const WORKERS = 8;
const ROUNDS = 12;

if (!isMainThread) await (workerData.refusedBy === undefined ? work() : beRefused(workerData.refusedBy));
else await main(process.argv[2]);

function work() {
  for (let round = 0; round < workerData.rounds; round++) {
    runRound();
    if (round === 0) parentPort.postMessage(allResults());
  }
}

/** Ends threads that the addon is throwing errors at: they take none any more once they are told to end. */
async function endAmidRefusals() {
  for (let round = 0; round < 20; round++) {
    const workers = [1, 2].map(
      () => new Worker(new URL(import.meta.url), { workerData: { refusedBy: process.argv[3] } }),
    );
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function beRefused(addon) {
  const { softmax } = createRequire(import.meta.url)(addon);
  parentPort.postMessage('ready');
  for (;;) {
    try {
      softmax('no tensor');
    } catch {
      // What is wanted.
    }
  }
}

async function main(way) {
  const start = () => {
    const worker = new Worker(new URL(import.meta.url), {
      workerData: { rounds: way === 'finish' ? ROUNDS : Infinity },
    });
    worker.on('error', (error) => {
      throw error;
    });
    return worker;
  };
  const workers = Array.from({ length: WORKERS }, start);
  const ended = Promise.all(workers.map((worker) => once(worker, 'exit')));
  runRound();
  const expected = allResults();
  for (const [results] of await Promise.all(workers.map((worker) => once(worker, 'message')))) {
    if (!expected.equals(Buffer.from(results))) throw new Error('a thread has other results than the main thread');
  }
  if (way === 'exit') {
    process.stdout.write('exit\n');
    process.exit(0);
  }
  if (way === 'refuse') await endAmidRefusals();
  if (way !== 'finish') await Promise.all(workers.map((worker) => worker.terminate()));
  await ended;
  // The addon still serves those who are left, and those who come.
  runRound();
  if (way === 'terminate') {
    const late = start();
    await once(late, 'message');
    await late.terminate();
  }
  process.stdout.write(`${way}\n`);
}
