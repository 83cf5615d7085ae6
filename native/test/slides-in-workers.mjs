// Worker threads read a slide at the same time, parts that cannot be decoded among it, until the way of
// ending that the argument names: "finish", "terminate" in the middle of reads, or "exit" of the whole process.
//   node slides-in-workers.mjs <way> <addon> <slide>
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { openSlideFile } from '@deephealth/native';
import { expectedRegion } from './small-slide.mjs';

const WORKERS = 4;
const SIZE = { width: 200, height: 150 };

if (isMainThread) await main(process.argv[2], process.argv[4]);
else await read(workerData.path, workerData.rounds);

async function read(path, rounds) {
  for (let round = 0; round < rounds; round++) {
    const slide = await openSlideFile(path);
    const regions = Array.from({ length: 40 }, (_, i) => [i * 3, 70 + i, 20, 20]);
    const bad = Array.from({ length: 5 }, () => slide.readRegion(0, 64, 32, 8, 8));
    const ended = await Promise.allSettled([...regions.map((region) => slide.readRegion(0, ...region)), ...bad]);
    for (const [i, result] of ended.entries()) {
      const isBad = i >= regions.length;
      if ((result.status === 'rejected') !== isBad)
        throw new Error('a read ended as another', { cause: result.reason });
      if (!isBad && !Buffer.from(result.value).equals(Buffer.from(expectedRegion(SIZE, ...regions[i])))) {
        throw new Error('a read gave other pixels');
      }
    }
    await slide.close();
    if (round === 0) parentPort.postMessage('reading');
  }
}

async function main(way, path) {
  const workers = Array.from({ length: WORKERS }, () => {
    const worker = new Worker(new URL(import.meta.url), {
      workerData: { path, rounds: way === 'finish' ? 10 : Infinity },
    });
    worker.on('error', (error) => {
      throw error;
    });
    return worker;
  });
  const ended = Promise.all(workers.map((worker) => once(worker, 'exit')));
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  if (way === 'exit') {
    process.stdout.write('exit\n');
    process.exit(0);
  }
  if (way === 'terminate') await Promise.all(workers.map((worker) => worker.terminate()));
  await ended;
  process.stdout.write(`${way}\n`);
}
