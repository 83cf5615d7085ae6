// npm start: installs and builds if needed, then runs the demonstration and stays up serving.
//   -- --once   end after the demonstration
//   -- --json   print the demonstration as JSON on stdout
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare } from './prepare.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
prepare(root);
const child = spawn(process.execPath, [join(root, 'samples', 'dist', 'demo.js'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// The demonstration stops its server itself; this process only passes the wish on.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 128);
});
