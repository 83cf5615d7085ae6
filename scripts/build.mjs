// Builds every package: contract types, JavaScript (tsup), the console's page (Vite), declarations and type check (tsc).
// Says what it does on stderr; exits with the first failing step's code.
import { spawn } from 'node:child_process';
import { chmodSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildAddon } from '../native/build-addon.mjs';
import { writeBuildStamp } from './build-stamp.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, 'node_modules', '.bin', process.platform === 'win32' ? `${name}.cmd` : name);

/** Compilers that still run end with a build that fails. */
const compilers = new AbortController();

function fail(status, seconds, text) {
  process.stderr.write(`failed after ${seconds} s${text}\n`);
  compilers.abort();
  process.exit(status);
}

async function step(title, command, args) {
  const started = Date.now();
  process.stderr.write(`build: ${title} ... `);
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const status = await new Promise((resolve) => {
    child.on('error', () => resolve(1));
    child.on('close', resolve);
  });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (status !== 0) fail(status ?? 1, seconds, `\n${output}`);
  process.stderr.write(`${seconds} s\n`);
}

/**
 * Chunks are named by their content, and every build writes all of its own: older ones belong to
 * nobody. Before the build they may still belong to a server that runs.
 */
function removeOldChunks(beforeMs) {
  const isChunk = /(^|[\\/])dist[\\/][\w-]+-[A-Z0-9]{8}\.js(\.map)?$/;
  for (const folder of [
    'proto',
    'sdk',
    'native',
    'runtime',
    'conformance',
    'console',
    'adapters/clinical-decision-support',
    'adapters/digital-pathology',
    'adapters/expressif',
    'adapters/piaf',
    'cli',
  ]) {
    const dist = join(root, folder, 'dist');
    for (const file of readdirSync(dist)) {
      const path = join(dist, file);
      // Clocks of file systems may be coarser than ours.
      if (isChunk.test(path) && statSync(path).mtimeMs < beforeMs - 2000) rmSync(path);
    }
  }
}

/** Without a compiler the TypeScript twins serve; with one, an addon that does not build is an error. */
async function nativeAddon(built) {
  const started = Date.now();
  process.stderr.write('build: native addon ... ');
  const { outcome, detail } = await built;
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (outcome === 'failed') fail(1, seconds, `: ${detail}`);
  const isWithout = outcome === 'no compiler';
  process.stderr.write(isWithout ? `left out, ${detail}; the TypeScript kernels serve\n` : `${seconds} s more\n`);
}

// Beside all else, most of which takes one core.
const addon = buildAddon({ signal: compilers.signal });
rmSync(join(root, 'proto', 'src', 'generated'), { recursive: true, force: true });
await step('contract types', bin('proto-loader-gen-types'), [
  '--longs=String',
  '--enums=String',
  '--defaults',
  '--oneofs',
  '--includeComments',
  '--grpcLib=@grpc/grpc-js',
  '--importFileExtension=.js',
  '-I',
  'proto/proto',
  '-O',
  'proto/src/generated',
  'deephealth/runtime/v1/model_runtime.proto',
  'deephealth/runtime/v1/model_control.proto',
  'deephealth/adapter/v1/platform_adapter.proto',
  'inference/grpc_service.proto',
  'google/rpc/status.proto',
  'google/rpc/error_details.proto',
]);
// One module per protobuf package, so that types are imported as runtimeV1.Tensor.
const generated = join(root, 'proto', 'src', 'generated');
for (const [folder, name] of [
  ['deephealth/runtime/v1', 'runtime-v1'],
  ['deephealth/adapter/v1', 'adapter-v1'],
  ['inference', 'inference-v2'],
]) {
  const names = readdirSync(join(generated, folder))
    .map((file) => file.replace(/\.ts$/, ''))
    .sort();
  writeFileSync(
    join(generated, `${name}.ts`),
    names.map((n) => `export type * from './${folder}/${n}.js';\n`).join(''),
  );
}
const bundled = Date.now();
await step('validators', process.execPath, [join(root, 'scripts', 'generate-validators.mjs')]);
await step('JavaScript', bin('tsup'), ['--silent']);
removeOldChunks(bundled);
await step('cases', process.execPath, [join(root, 'scripts', 'generate-cases.mjs')]);
await step('page of the console', bin('vite'), ['build', '--config', join('console', 'app', 'vite.config.ts')]);
await step('declarations and type check', bin('tsc'), ['--build', 'tsconfig.json']);
chmodSync(join(root, 'cli', 'bin', 'deephealth.mjs'), 0o755);
await nativeAddon(addon);

writeBuildStamp(root);
