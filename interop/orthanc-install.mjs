// Orthanc with its plugins, the tools that bring slides to it, and a browser for what it holds.
import { accessSync, constants, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runBuild } from './build-tools.mjs';
import { installChromium } from './chromium-peer.mjs';
import { unpackDebianPackage, unpackedEnvironment } from './debian-packages.mjs';
import { peerFolder } from './peer-folder.mjs';
import { lastLines, runProcess } from './run-process.mjs';
import { Skipped } from './skipped.mjs';

// A moment's work, but beside many installations and tests.
const ASK_LIMIT_MS = 120_000;
const PACKAGES = ['orthanc', 'orthanc-dicomweb', 'orthanc-wsi', 'dcmtk', 'libopenslide0'];
const PLUGINS = ['libOrthancDicomWeb.so', 'libOrthancWSI.so'];
const LIBRARIES = [join('usr', 'lib', 'x86_64-linux-gnu'), join('usr', 'lib', 'aarch64-linux-gnu'), join('usr', 'lib')];

/**
 * Gives { orthanc, dicomizer, dcmodify, openslide, plugins, loopback, env } as paths, and either `chromium` or
 * `whyNoChromium`. What the system has is taken from there, since only what it lacks is unpacked.
 */
export async function installOrthanc(root, name) {
  if (process.platform !== 'linux') throw new Skipped('Orthanc is taken from the packages of Debian.');
  const { code } = await runProcess('cc', ['--version'], { limitMs: ASK_LIMIT_MS });
  if (code !== 0) throw new Skipped('it is kept to loopback by a library that is compiled, and there is no "cc" here.');
  const folder = peerFolder(root, name);
  if ((await found(folder)).missing !== undefined) await unpackDebianPackage(folder, ...PACKAGES);
  const { missing, ...installed } = await found(folder);
  if (missing !== undefined) throw new Error(missing);
  const loopback = join(folder, 'loopback.so');
  mkdirSync(folder, { recursive: true });
  const source = join(root, 'interop', 'orthanc', 'loopback.c');
  await runBuild('cc', ['-shared', '-fPIC', '-o', loopback, source, '-ldl'], folder);
  return { ...installed, loopback, ...(await chromiumFor(root)) };
}

async function chromiumFor(root) {
  try {
    return { chromium: await installChromium(root) };
  } catch (error) {
    if (error instanceof Skipped) return { whyNoChromium: error.message };
    throw error;
  }
}

/** Paths of everything, or else `missing`. */
async function found(folder) {
  const unpacked = join(folder, 'root');
  const bases = [unpacked, '/'];
  const first = (paths) => paths.find((path) => existsSync(path));
  const program = (name) => first([...below(bases, ['usr/sbin', 'usr/bin'], name), ...onPath(name)]);
  const paths = {
    orthanc: program('Orthanc'),
    dicomizer: program('OrthancWSIDicomizer'),
    dcmodify: program('dcmodify'),
    openslide: first(below(bases, LIBRARIES, 'libopenslide.so.0')),
    plugins: PLUGINS.map((plugin) => first(below(bases, ['usr/share/orthanc/plugins'], plugin))),
  };
  const absent = Object.entries(paths).find(([, path]) => [path].flat().includes(undefined));
  if (absent !== undefined) return { missing: `The packages ${PACKAGES.join(', ')} brought no ${absent[0]}.` };
  const env = { ...unpackedEnvironment(folder).env, ...dictionaries(bases) };
  for (const path of [paths.orthanc, paths.dcmodify]) {
    const { code, stderr } = await runProcess(path, ['--version'], { limitMs: ASK_LIMIT_MS, env });
    if (code !== 0) return { missing: `${path} does not start.\n${lastLines(stderr)}` };
  }
  return { ...paths, env };
}

const below = (bases, folders, name) => bases.flatMap((base) => folders.map((folder) => join(base, folder, name)));

function onPath(name) {
  const paths = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
  return paths.filter((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Names of DICOM's elements, which DCMTK looks for below /usr unless it is told. */
function dictionaries(bases) {
  for (const base of bases) {
    const share = join(base, 'usr', 'share');
    const folders = existsSync(share) ? readdirSync(share).filter((name) => /^(lib)?dcmtk\d*$/.test(name)) : [];
    const path = folders.map((name) => join(share, name, 'dicom.dic')).find((file) => existsSync(file));
    if (path !== undefined) return { DCMDICTPATH: path };
  }
  return {};
}
