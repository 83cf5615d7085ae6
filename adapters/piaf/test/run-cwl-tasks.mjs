// A server, as far as the tasks of one run go: tells what becomes of them, a line each. To be killed.
import { readFileSync } from 'node:fs';
import { createCwlBackend } from '@deephealth/adapter-piaf';

const [file, ...engine] = process.argv.slice(2);
await createCwlBackend({ engine, pollMs: 20, graceMs: 300 }).run(JSON.parse(readFileSync(file, 'utf8')), {
  saveHandle: async (handle) => void process.stdout.write(`handle ${handle}\n`),
  report: ({ chunk, state }) => void process.stdout.write(`${chunk} ${state}\n`),
  signal: new AbortController().signal,
});
