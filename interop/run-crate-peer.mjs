// rocrate-validator and ro-crate-py on crates of runs that we write.
import { join } from 'node:path';
import { runPythonChecks } from './python-peer.mjs';
import { lastLines, runProcess } from './run-process.mjs';

const LIMIT_MS = 180_000;

export async function runRunCrateChecks(venvPython, { root, name, scratch }, report) {
  const folder = join(scratch, name);
  const program = join(root, 'interop', 'run-crate-files.mjs');
  const { code, stderr } = await runProcess(process.execPath, [program, folder], { limitMs: LIMIT_MS });
  await report.check(name, 'writes crates of runs of several chains', () => {
    if (code !== 0) throw new Error(lastLines(stderr));
  });
  if (code !== 0) return;
  report.add(await runPythonChecks(root, name, { venvPython, args: ['--folder', folder] }));
}
