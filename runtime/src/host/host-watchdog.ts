// Worker thread of the model host: ends the process when it outgrows its memory or loses its server.
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { MEMORY_EXCEEDED_MARK } from './host-marks.js';

const { memoryLimitBytes, parentPid } = workerData as { memoryLimitBytes: number; parentPid: number };
const INTERVAL_MS = 50;

setInterval(() => {
  if (process.ppid !== parentPid) process.kill(process.pid, 'SIGKILL');
  if (memoryLimitBytes > 0 && process.memoryUsage.rss() > memoryLimitBytes) {
    // Written straight to the descriptor: the main thread, which owns the streams, is busy.
    writeSync(2, `${MEMORY_EXCEEDED_MARK}\n`);
    process.kill(process.pid, 'SIGKILL');
  }
}, INTERVAL_MS);
