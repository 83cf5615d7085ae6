// PyTorch for processors, which no single index has for every system.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unpackDebianPackage, unpackedEnvironment } from './debian-packages.mjs';
import { peerFolder } from './peer-folder.mjs';
import { installPythonPeer } from './python-peer.mjs';
import { lastLines, runProcess } from './run-process.mjs';
import { Skipped } from './skipped.mjs';

/** The Python that Debian's modules are built for. */
const DEBIAN_PYTHON = '/usr/bin/python3';
const DEBIAN_PACKAGE = 'python3-torch';
const RECIPE = '1';

/** PyPI's wheels compute on processors alone for these; for Linux on x86 they are gigabytes of CUDA. */
const hasSmallWheel =
  (process.platform === 'linux' && process.arch === 'arm64') ||
  (process.platform === 'darwin' && process.arch === 'arm64') ||
  (process.platform === 'win32' && process.arch === 'x64');

/** Gives { venvPython, env, importFolders }: a Python that has torch, as `runPython` takes it. */
export async function installPytorch(root, name) {
  if (hasSmallWheel) return { venvPython: await installPythonPeer(root, name) };
  if (process.platform !== 'linux') throw new Skipped(`PyTorch has no wheel for ${process.platform} ${process.arch}.`);
  if (!existsSync(DEBIAN_PYTHON)) throw new Skipped(`${DEBIAN_PACKAGE} is for Debian's own Python, which is missing.`);
  const folder = peerFolder(root, name);
  const stamp = join(folder, 'installed');
  const wanted = `${DEBIAN_PACKAGE} ${RECIPE}`;
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await unpackDebianPackage(folder, DEBIAN_PACKAGE);
  }
  const installed = { venvPython: DEBIAN_PYTHON, ...unpackedEnvironment(folder) };
  await requireTorch(installed);
  writeFileSync(stamp, wanted);
  return installed;
}

/** Throws what Python says if torch cannot be imported. */
async function requireTorch({ venvPython, env, importFolders }) {
  const { code, stderr } = await runProcess(venvPython, ['-c', 'import torch'], {
    limitMs: 120_000,
    env: { ...env, PYTHONPATH: importFolders.join(':') },
  });
  if (code !== 0) throw new Error(`${DEBIAN_PACKAGE} does not start.\n${lastLines(stderr)}`);
}
