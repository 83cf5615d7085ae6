// Eight worker threads load the addon at the same time and use its kernels, until the way of ending that
// the argument names: "finish", "terminate" in the middle of calls, or "exit" of the whole process.
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { allResults, runRound } from './kernel-rounds.mjs';

const WORKERS = 8;
const ROUNDS = 12;

if (isMainThread) await main(process.argv[2]);
else work();

function work() {
  for (let round = 0; workerData === 'forever' || round < ROUNDS; round++) {
    runRound();
    if (round === 0) parentPort.postMessage(allResults());
  }
}

async function main(way) {
  const start = () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: way === 'finish' ? 'some rounds' : 'forever' });
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
  if (way === 'terminate') await Promise.all(workers.map((worker) => worker.terminate()));
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
