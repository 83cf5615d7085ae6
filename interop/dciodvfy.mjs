// dciodvfy of dicom3tools, which finds what a DICOM object lacks.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { unpackDebianPackage, unpackedEnvironment } from './debian-packages.mjs';
import { peerFolder } from './peer-folder.mjs';
import { runProcess } from './run-process.mjs';
import { Skipped } from './skipped.mjs';

const PROGRAM = 'dciodvfy';

/** The one of the system, or of Debian's packages, unpacked: { program, env }. Throws Skipped where there is none. */
export async function installDciodvfy(root) {
  const { code } = await runProcess('which', [PROGRAM], { limitMs: 10_000 });
  if (code === 0) return { program: PROGRAM, env: {} };
  if (process.platform !== 'linux') throw new Skipped(`${PROGRAM} is not installed (dicom3tools).`);
  const folder = peerFolder(root, PROGRAM);
  const program = join(folder, 'root', 'usr', 'bin', PROGRAM);
  if (!existsSync(program)) {
    rmSync(folder, { recursive: true, force: true });
    await unpackDebianPackage(folder, 'dicom3tools');
  }
  return { program, env: unpackedEnvironment(folder).env };
}
