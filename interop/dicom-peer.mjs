// pydicom beside our DICOM images: the values of real files, element by element.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateStubs, installPythonPeer, runPythonChecks } from './python-peer.mjs';
import { serveModels } from './served-runtime.mjs';
import { Skipped } from './skipped.mjs';

/** Real files, which are not part of this repository. */
const dataFolder = (root) =>
  [join(root, '..', 'shared', 'data'), join(root, '..', '..', 'shared', 'data')].find((folder) =>
    existsSync(join(folder, 'dicom')),
  );

export async function installDicomPeer(root, name) {
  if (dataFolder(root) === undefined) throw new Skipped('the real files in ../shared/data/dicom are not there.');
  return installPythonPeer(root, name);
}

/** Starts a server of its own: the models are for these files alone. */
export async function runDicomChecks(venvPython, { root, name }, report) {
  const scratch = mkdtempSync(join(tmpdir(), 'deephealth-interop-dicom-'));
  let server;
  try {
    const { writeDicomModels } = await import('./dicom-models.mjs');
    writeDicomModels(join(scratch, 'store'));
    const importFolders = [await generateStubs(root, name, venvPython)];
    server = await serveModels(root, ['--models', join(scratch, 'store')]);
    const args = ['--address', server.address, '--data', dataFolder(root)];
    report.add(await runPythonChecks(root, name, { venvPython, args, importFolders }));
  } finally {
    await server?.stop(server.models.length);
    rmSync(scratch, { recursive: true, force: true });
  }
}
