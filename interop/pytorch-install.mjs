// PyTorch for processors, which no single index has for every system.
import { existsSync, rmSync } from 'node:fs';
import { unpackDebianPackage, unpackedEnvironment } from './debian-packages.mjs';
import { peerFolder } from './peer-folder.mjs';
import { installPythonPeer } from './python-peer.mjs';
import { lastLines, runProcess } from './run-process.mjs';
import { Skipped } from './skipped.mjs';

/** The Python that Debian's modules are built for. */
const DEBIAN_PYTHON = '/usr/bin/python3';
const DEBIAN_PACKAGE = 'python3-torch';

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
  const installed = () => ({ venvPython: DEBIAN_PYTHON, ...unpackedEnvironment(folder) });
  if ((await whyNoTorch(installed())) === undefined) return installed();
  rmSync(folder, { recursive: true, force: true });
  await unpackDebianPackage(folder, DEBIAN_PACKAGE);
  const why = await whyNoTorch(installed());
  if (why !== undefined) throw new Error(`${DEBIAN_PACKAGE} does not start.\n${why}`);
  return installed();
}

/** What Python says if torch cannot be imported; undefined if it can. */
async function whyNoTorch({ venvPython, env, importFolders }) {
  const { code, stderr } = await runProcess(venvPython, ['-c', 'import torch'], {
    limitMs: 120_000,
    env: { ...env, PYTHONPATH: importFolders.join(':') },
  });
  return code === 0 ? undefined : lastLines(stderr);
}
