// A vendor's project: the packages are packed, installed where nothing else is, and asked; the Python client, too.
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packPackages } from '../packaging/pack-packages.mjs';
import { buildWheel } from '../packaging/python-wheel.mjs';
import { NotInstalled, tryPackages } from '../packaging/try-packages.mjs';
import { expectEqual } from './check-report.mjs';
import { LOOPBACK_ENVIRONMENT } from './loopback-environment.mjs';
import { peerFolder } from './peer-folder.mjs';
import { lastLines, runProcess } from './run-process.mjs';
import { serveModels } from './served-runtime.mjs';

const RUN_LIMIT_MS = 300_000;
const run = promisify(execFile);

export async function runPackedPackagesChecks(venvPython, context, report) {
  const { root, name, scratch } = context;
  const packed = join(scratch, name);
  const { packages } = await packPackages(root, packed);
  await checkClient(venvPython, context, report, join(packed, 'python'));
  try {
    const checks = await tryPackages(
      root,
      packages.map(({ file }) => join(packed, file)),
    );
    for (const { check, failure } of checks) {
      await report.check(name, check, () => {
        if (failure !== undefined) throw new Error(failure);
      });
    }
  } catch (error) {
    if (!(error instanceof NotInstalled)) throw error;
    report.skip(name, `the packages of others cannot be installed here: ${lastLines(error.message, 3)}`);
  }
}

/** The wheel, unpacked beside nothing but what it depends on, against a server. */
async function checkClient(venvPython, { root, name }, report, folder) {
  const wheel = await buildWheel(root, folder, venvPython);
  const installed = join(peerFolder(root, name), 'client');
  rmSync(installed, { recursive: true, force: true });
  mkdirSync(installed, { recursive: true });
  await run(venvPython, ['-m', 'zipfile', '-e', join(folder, wheel), installed]);
  const server = await serveModels(root, ['--models', join(root, 'samples', 'models')]);
  try {
    const program = join(root, 'interop', name, 'run_checks.py');
    const args = [program, '--address', server.address, '--samples', join(root, 'samples')];
    const { code, stdout, stderr } = await runProcess(venvPython, args, {
      limitMs: RUN_LIMIT_MS,
      env: {
        ...LOOPBACK_ENVIRONMENT,
        PYTHONPATH: [installed, join(root, 'interop')].join(':'),
        PYTHONDONTWRITEBYTECODE: '1',
      },
    });
    process.stderr.write(stderr);
    await report.check(name, 'the Python client runs its checks to their end', () => expectEqual('exit code', code, 0));
    if (code === 0) report.add(JSON.parse(stdout.trim().split('\n').at(-1)));
  } finally {
    await server.stop(server.models.length);
  }
}
