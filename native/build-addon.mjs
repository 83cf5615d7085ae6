// Compiles the addon with the C++ compiler alone: headers come from node-addon-api and
// node-api-headers, and nothing is downloaded. An object is compiled anew when its source, a header
// or the command has changed.
//   node native/build-addon.mjs [--sanitize=address,undefined | --portable]
// With --portable, what other machines of this kind load is made, below prebuilds/: without symbols for debuggers, with
// the C++ library inside, and with a file that says which C library it needs.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { glibcFloor } from './glibc-floor.mjs';

const folder = dirname(fileURLToPath(import.meta.url));
const sourceFolder = join(folder, 'src');
// The program that confines a process before Node starts in it; Linux alone knows how.
const launcherSource = join(folder, 'launcher', 'confine.cc');

/** The first C++17 compiler that answers, or undefined. */
export function findCompiler() {
  const wishes = [process.env.CXX, 'g++', 'clang++', 'c++'];
  return wishes.find((name) => name && spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
}

function headerFolders() {
  const require = createRequire(import.meta.url);
  return [require('node-api-headers').include_dir, dirname(require.resolve('node-addon-api/package.json'))];
}

function files(extension) {
  return readdirSync(sourceFolder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(extension))
    .sort()
    .map((name) => join(sourceFolder, name));
}

function compile(command, args, signal) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], signal });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ status: 1, output: error.message }));
    child.on('close', (status) => resolve({ status, output }));
  });
}

/** Where the addon for other machines of this kind lies. */
export const prebuiltFolder = join(folder, 'prebuilds', `${process.platform}-${process.arch}`);

/**
 * The C++ library is another one on every distribution, and comes with it; what of it nobody calls would ask for a
 * newer C library than all else.
 */
const PORTABLE_LINK = ['-static-libstdc++', '-Wl,--gc-sections', '-Wl,--exclude-libs,ALL', '-s'];

/**
 * Builds the addon into native/build, or, portable, into native/prebuilds of the same objects.
 *
 * @param {{ sanitize?: string, isPortable?: boolean, signal?: AbortSignal }} [options] `signal` ends the compilers
 * @returns {Promise<{ outcome: 'built' | 'unchanged' | 'no compiler' | 'failed', detail: string }>}
 */
export async function buildAddon({ sanitize, isPortable = false, signal } = {}) {
  if (process.platform === 'win32') return { outcome: 'no compiler', detail: 'there is no addon for Windows' };
  if (isPortable && process.platform !== 'linux') {
    return { outcome: 'no compiler', detail: 'a portable addon is made on Linux alone' };
  }
  const compiler = findCompiler();
  if (compiler === undefined) return { outcome: 'no compiler', detail: 'none of CXX, g++, clang++, c++ was found' };
  const built = join(folder, 'build', sanitize ? 'sanitized' : '.');
  const output = isPortable ? prebuiltFolder : built;
  const name = join(output, 'deephealth.node');
  const flags = [
    // Checks of every access keep an optimiser from most of its work and make it wait for the rest.
    ...[
      '-std=c++17',
      sanitize ? '-O1' : '-O3',
      '-g1',
      '-fPIC',
      '-fvisibility=hidden',
      '-Wall',
      '-Wextra',
      '-Werror=return-type',
    ],
    // Results are the same bits on every level of instructions and equal to the TypeScript twins'.
    ...['-ffp-contract=off', '-fno-math-errno', '-fno-trapping-math'],
    ...['-DNAPI_VERSION=8', '-DNAPI_CPP_EXCEPTIONS', '-DNODE_GYP_MODULE_NAME=deephealth'],
    // A worker thread that is ended in the middle of a call takes no exception any more; without this, the
    // attempt to hand it one would end the whole process.
    '-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
    ...(sanitize ? [`-fsanitize=${sanitize}`, '-fno-omit-frame-pointer', '-fno-sanitize-recover=all'] : []),
    ...headerFolders().flatMap((path) => ['-isystem', path]),
  ];
  const headers = files('.h').map((file) => readFileSync(file));
  const common = createHash('sha256').update(JSON.stringify([compiler, flags]));
  for (const header of headers) common.update(header);
  const commonDigest = common.digest('hex');
  const objects = files('.cc').map((source) => {
    const digest = createHash('sha256').update(commonDigest).update(readFileSync(source)).digest('hex');
    const stem = relative(sourceFolder, source).replace(/[\\/]/g, '-').replace(/\.cc$/, '');
    return { source, object: join(built, 'objects', `${stem}-${digest.slice(0, 16)}.o`) };
  });
  const launcher = join(output, 'deephealth-confine');
  const launcherDigest = createHash('sha256').update(commonDigest).update(readFileSync(launcherSource)).digest('hex');
  const hasLauncher = process.platform === 'linux';
  const portable = isPortable ? PORTABLE_LINK : [];
  const linked = [...objects.map(({ object }) => object), ...(hasLauncher ? [launcherDigest] : []), ...portable].join(
    '\n',
  );
  const stamp = join(built, isPortable ? 'linked-portable' : 'linked');
  const isThere = existsSync(name) && (!hasLauncher || existsSync(launcher));
  if (isThere && existsSync(stamp) && readFileSync(stamp, 'utf8') === linked) {
    return { outcome: 'unchanged', detail: compiler };
  }
  mkdirSync(join(built, 'objects'), { recursive: true });
  mkdirSync(output, { recursive: true });
  const waiting = objects.filter(({ object }) => !existsSync(object));
  const failures = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const part = `${next.object}.${process.pid}.part`;
      const { status, output: text } = await compile(compiler, [...flags, '-c', next.source, '-o', part], signal);
      if (text !== '') process.stderr.write(`\n${text}`);
      if (status === 0) renameSync(part, next.object);
      else failures.push(relative(folder, next.source));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  if (failures.length > 0) return { outcome: 'failed', detail: `${failures.join(', ')} did not compile` };
  if (hasLauncher) {
    const part = `${launcher}.${process.pid}.part`;
    const plain = ['-std=c++17', '-O2', '-Wall', '-Wextra', ...portable, '-o', part, launcherSource];
    const { status, output: text } = await compile(compiler, plain, signal);
    if (status !== 0) return { outcome: 'failed', detail: `the launcher: ${text}` };
    renameSync(part, launcher);
  }
  const part = `${name}.${process.pid}.part`;
  const symbols = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : [];
  const { status, output: text } = await compile(compiler, [
    ...['-shared', ...flags, ...symbols, ...portable],
    ...['-o', part, ...objects.map(({ object }) => object), '-lpthread', '-ldl'],
  ]);
  if (status !== 0) return { outcome: 'failed', detail: `linking: ${text}` };
  // A process that has the old one open keeps it.
  renameSync(part, name);
  if (isPortable) {
    const parts = [name, launcher];
    const needs = { platform: process.platform, arch: process.arch, glibc: glibcFloor(parts) };
    writeFileSync(join(output, 'needs.json'), `${JSON.stringify(needs, null, 2)}\n`);
  }
  writeFileSync(stamp, linked);
  return { outcome: 'built', detail: compiler };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const sanitize = process.argv.find((argument) => argument.startsWith('--sanitize='))?.split('=')[1];
  const isPortable = process.argv.includes('--portable');
  const { outcome, detail } = await buildAddon({ sanitize, isPortable });
  process.stderr.write(`addon: ${outcome} (${detail})\n`);
  process.exitCode = outcome === 'failed' ? 1 : 0;
}
