// Compiles the addon with the C++ compiler alone: headers come from node-addon-api and
// node-api-headers, and nothing is downloaded. An object is compiled anew when its source, a header
// or the command has changed.
//   node native/build-addon.mjs [--sanitize=address,undefined]
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const sourceFolder = join(folder, 'src');

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

function compile(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ status: 1, output: error.message }));
    child.on('close', (status) => resolve({ status, output }));
  });
}

/**
 * Builds the addon into native/build.
 *
 * @returns {Promise<{ outcome: 'built' | 'unchanged' | 'no compiler' | 'failed', detail: string }>}
 */
export async function buildAddon({ sanitize } = {}) {
  if (process.platform === 'win32') return { outcome: 'no compiler', detail: 'there is no addon for Windows' };
  const compiler = findCompiler();
  if (compiler === undefined) return { outcome: 'no compiler', detail: 'none of CXX, g++, clang++, c++ was found' };
  const output = join(folder, 'build', sanitize ? 'sanitized' : '.');
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
    return { source, object: join(output, 'objects', `${stem}-${digest.slice(0, 16)}.o`) };
  });
  const linked = objects.map(({ object }) => object).join('\n');
  const stamp = join(output, 'linked');
  if (existsSync(name) && existsSync(stamp) && readFileSync(stamp, 'utf8') === linked) {
    return { outcome: 'unchanged', detail: compiler };
  }
  mkdirSync(join(output, 'objects'), { recursive: true });
  const waiting = objects.filter(({ object }) => !existsSync(object));
  const failures = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const part = `${next.object}.${process.pid}.part`;
      const { status, output: text } = await compile(compiler, [...flags, '-c', next.source, '-o', part]);
      if (text !== '') process.stderr.write(`\n${text}`);
      if (status === 0) renameSync(part, next.object);
      else failures.push(relative(folder, next.source));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  if (failures.length > 0) return { outcome: 'failed', detail: `${failures.join(', ')} did not compile` };
  const part = `${name}.${process.pid}.part`;
  const symbols = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : [];
  const { status, output: text } = await compile(compiler, [
    ...['-shared', ...flags, ...symbols],
    ...['-o', part, ...objects.map(({ object }) => object), '-lpthread', '-ldl'],
  ]);
  if (status !== 0) return { outcome: 'failed', detail: `linking: ${text}` };
  // A process that has the old one open keeps it.
  renameSync(part, name);
  writeFileSync(stamp, linked);
  return { outcome: 'built', detail: compiler };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const sanitize = process.argv.find((argument) => argument.startsWith('--sanitize='))?.split('=')[1];
  const { outcome, detail } = await buildAddon({ sanitize });
  process.stderr.write(`addon: ${outcome} (${detail})\n`);
  process.exitCode = outcome === 'failed' ? 1 : 0;
}
