// Slurm and MUNGE from the packages of Debian.
import { existsSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { unpackDebianPackage, unpackedEnvironment } from './debian-packages.mjs';
import { peerFolder } from './peer-folder.mjs';
import { runProcess } from './run-process.mjs';
import { Skipped } from './skipped.mjs';

const PACKAGES = ['slurmctld', 'slurmd', 'slurm-client', 'munge'];
const PROGRAMS = ['munged', 'slurmctld', 'slurmd', 'slurmstepd', 'sbatch', 'squeue', 'scancel', 'scontrol', 'sinfo'];

/**
 * Gives { programs, path, plugins, env }: programs by name, the folders of them for PATH, and Slurm's folder of
 * plug-ins. What the system has is taken from there; else it is unpacked. Throws Skipped where there is none.
 */
export async function installSlurm(root) {
  if (process.platform !== 'linux') throw new Skipped('Slurm is taken from the packages of Debian.');
  const folder = peerFolder(root, 'slurm');
  const unpacked = join(folder, 'root');
  const isWhole = (base) => foundBelow(base) !== undefined;
  const base = ['/', unpacked].find(isWhole);
  if (base === undefined) {
    rmSync(folder, { recursive: true, force: true });
    await unpackDebianPackage(folder, ...PACKAGES);
    linkDaemons(join(unpacked, 'usr', 'sbin'));
    if (!isWhole(unpacked)) throw new Error(`The packages ${PACKAGES.join(', ')} lack a program or the plug-ins.`);
  }
  const found = foundBelow(base ?? unpacked);
  const env = base === '/' ? {} : environmentOf(folder, found.plugins);
  const { code, stdout } = await runProcess(found.programs.slurmctld, ['-V'], { limitMs: 60_000, env });
  if (code !== 0) throw new Error('slurmctld does not start.');
  return { ...found, env, version: stdout.trim() };
}

function environmentOf(folder, plugins) {
  const { env } = unpackedEnvironment(folder);
  return { LD_LIBRARY_PATH: `${plugins}:${env.LD_LIBRARY_PATH}` };
}

/** As the installation of the packages does. Slurm's plug-ins go by these names: under another one, slurmstepd crashes. */
function linkDaemons(folder) {
  for (const name of ['slurmctld', 'slurmd', 'slurmstepd']) {
    if (existsSync(join(folder, `${name}-wlm`)) && !existsSync(join(folder, name))) {
      symlinkSync(`${name}-wlm`, join(folder, name));
    }
  }
}

function foundBelow(base) {
  const folders = ['usr/bin', 'usr/sbin'].map((path) => join(base, path));
  const entries = PROGRAMS.map((name) => [
    name,
    folders.map((one) => join(one, name)).find((path) => existsSync(path)),
  ]);
  const libraries = join(base, 'usr', 'lib');
  const triplets = existsSync(libraries) ? readdirSync(libraries).filter((name) => name.endsWith('-linux-gnu')) : [];
  const plugins = triplets.map((name) => join(libraries, name, 'slurm-wlm')).find((path) => existsSync(path));
  if (plugins === undefined || entries.some(([, path]) => path === undefined)) return undefined;
  return { programs: Object.fromEntries(entries), path: folders.join(':'), plugins };
}
