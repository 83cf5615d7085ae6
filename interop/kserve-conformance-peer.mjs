// KServe's model server under the conformance suite: its own Python server, with models in NumPy.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runConformanceChecks } from './conformance-checks.mjs';
import { freePorts } from './free-ports.mjs';
import { pythonEnvironment } from './python-peer.mjs';
import { lastLines } from './run-process.mjs';

const START_LIMIT_MS = 240_000;
const STOP_LIMIT_MS = 20_000;
/** Where its requirements lie. */
const SOURCES = 'kserve_client';
/** Functions of serve_models.py, by the suite's models; cases of the profile ask for no others. */
const FUNCTIONS = {
  'conformance-matmul': 'matmul',
  'conformance-swap': 'swap',
  'conformance-softmax': 'softmax',
};
/** NumPy has no BF16. */
const NOT_SERVED = 'conformance-identity-bf16';

export async function runKserveConformanceChecks(venvPython, { root, name }, report) {
  const scratch = mkdtempSync(join(tmpdir(), 'deephealth-interop-conformance-'));
  const modelsFile = join(scratch, 'models.json');
  writeFileSync(modelsFile, JSON.stringify(await describedModels()));
  const [httpPort, grpcPort] = await freePorts(2);
  const program = join(root, 'interop', name, 'serve_models.py');
  const server = spawn(venvPython, [program, modelsFile, String(httpPort), String(grpcPort)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...pythonEnvironment(root, SOURCES) },
  });
  const killWithUs = () => server.kill('SIGKILL');
  process.once('exit', killWithUs);
  let log = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      log = (log + text).slice(-10_000);
    });
  }
  try {
    const end = Date.now() + START_LIMIT_MS;
    while (!(await isReady(`http://127.0.0.1:${httpPort}/v2/health/ready`))) {
      if (server.exitCode !== null || Date.now() > end) {
        throw new Error(`KServe did not become ready:\n${lastLines(log)}`);
      }
      await delay(100);
    }
    const flags = ['--target', `127.0.0.1:${grpcPort}`, '--http-target', `127.0.0.1:${httpPort}`];
    await runConformanceChecks({ root, name, flags }, report);
  } finally {
    if (server.exitCode === null) {
      const gone = once(server, 'exit');
      server.kill('SIGTERM');
      const timer = setTimeout(killWithUs, STOP_LIMIT_MS);
      await gone;
      clearTimeout(timer);
    }
    process.off('exit', killWithUs);
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function describedModels() {
  const { OIP_MODELS } = await import('@deephealth/conformance');
  const described = (tensors) => tensors.map(({ name, dataType, shape }) => ({ name, datatype: dataType, shape }));
  return Object.fromEntries(
    OIP_MODELS.flatMap(({ name, graph }) => {
      const isIdentity = name.startsWith('conformance-identity-') && name !== NOT_SERVED;
      const run = FUNCTIONS[name] ?? (isIdentity ? 'identity' : undefined);
      if (run === undefined) return [];
      return [[name, { function: run, inputs: described(graph.inputs), outputs: described(graph.outputs) }]];
    }),
  );
}

async function isReady(url) {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}
