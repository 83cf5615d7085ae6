// A process of its own that runs one job on Slurm, to be killed: node slurm-run.mjs SPECIFICATION
// Writes the handle to a file, as a run store does, and one JSON line on stdout for each update and for the end.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createSlurmBackend } from '../adapters/piaf/dist/index.js';

const { job, handleFile, dieBeforeIdIsSaved = false, options } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const backend = createSlurmBackend({ ...options, log: (line) => say({ line }) });
const updates = await backend.run(job, {
  ...(existsSync(handleFile) ? { handle: readFileSync(handleFile, 'utf8') } : {}),
  async saveHandle(handle) {
    const isSubmitted = JSON.parse(handle).arrays.some(({ jobId }) => jobId !== undefined);
    if (isSubmitted && dieBeforeIdIsSaved) process.kill(process.pid, 'SIGKILL');
    writeFileSync(`${handleFile}.part`, handle);
    renameSync(`${handleFile}.part`, handleFile);
    if (isSubmitted) say({ submitted: handle });
  },
  report: (update) => say({ update }),
  signal: new AbortController().signal,
});
say({ end: updates });
await backend.close();
