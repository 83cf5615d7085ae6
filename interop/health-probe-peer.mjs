// grpc_health_probe, which orchestrators run inside containers: it knows grpc.health.v1 and exit codes only.
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expectEqual, expectTrue } from './check-report.mjs';
import { freePorts } from './free-ports.mjs';
import { LOOPBACK_ENVIRONMENT } from './loopback-environment.mjs';
import { runProcess } from './run-process.mjs';
import { startServe } from './served-runtime.mjs';

export const HEALTH_PROBE = { module: 'github.com/grpc-ecosystem/grpc-health-probe', version: 'v0.4.61' };

const CALL_LIMIT_MS = 180_000;
const START_LIMIT_MS = 180_000;
const SERVICES = ['deephealth.runtime.v1.ModelRuntime', 'inference.GRPCInferenceService'];

// What the program says by its exit code.
const SERVING = 0;
const NO_CONNECTION = 2;
const RPC_FAILED = 3;
const NOT_SERVING = 4;

export async function runHealthProbeChecks(program, { root, address }, report) {
  const probe = async (target, ...flags) => {
    const { code, stdout, stderr } = await runProcess(program, [`-addr=${target}`, ...flags], {
      limitMs: CALL_LIMIT_MS,
      env: LOOPBACK_ENVIRONMENT,
    });
    return { code, text: (stdout + stderr).trim() };
  };
  const check = (sentence, run) => report.check('grpc_health_probe', sentence, run);

  await check('the server as a whole is serving: exit code 0', async () => {
    expectEqual('outcome', await probe(address), { code: SERVING, text: 'status: SERVING' });
  });
  await check('each service is serving by its name: exit code 0', async () => {
    for (const service of SERVICES) {
      expectEqual(service, await probe(address, `-service=${service}`), { code: SERVING, text: 'status: SERVING' });
    }
  });
  await check('an unknown service is told apart from one that does not serve: exit code 3, NotFound', async () => {
    const { code, text } = await probe(address, '-service=no.such.Service');
    expectEqual(`exit code (${text})`, code, RPC_FAILED);
    expectTrue(`NotFound in "${text}"`, text.includes('code = NotFound'));
  });
  await check('a model is no service, neither a served nor a refused one: exit code 3, NotFound', async () => {
    for (const model of ['mlp', 'wrong-golden']) {
      const { code, text } = await probe(address, `-service=${model}`);
      expectEqual(`exit code (${text})`, code, RPC_FAILED);
      expectTrue(`NotFound in "${text}"`, text.includes('code = NotFound'));
    }
  });
  await check('a compressed question is answered', async () => {
    expectEqual('exit code', (await probe(address, '-gzip')).code, SERVING);
  });
  await check('twenty probes at once are all answered', async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => probe(address, '-connect-timeout=20s')));
    expectEqual('exit codes', new Set(outcomes.map(({ code }) => code)), new Set([SERVING]));
  });
  await check('an answer that comes after -rpc-timeout is exit code 3, and the server goes on', async () => {
    const { code, text } = await probe(address, '-rpc-timeout=1us');
    expectEqual(`exit code (${text})`, code, RPC_FAILED);
    expectEqual('exit code afterwards', (await probe(address)).code, SERVING);
  });
  await check('a port where nothing listens, or nobody answers, is exit code 2 within -connect-timeout', async () => {
    const [closed] = await freePorts(1);
    expectEqual('closed', (await probe(`127.0.0.1:${closed}`, '-connect-timeout=500ms')).code, NO_CONNECTION);
    const silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    expectEqual(
      'silent',
      (await probe(`127.0.0.1:${silent.address().port}`, '-connect-timeout=500ms')).code,
      NO_CONNECTION,
    );
    silent.close();
  });
  await checkStartAndStop(root, probe, check);
}

/** A server of its own, whose model takes seconds to load and seconds to run. */
async function checkStartAndStop(root, probe, check) {
  const store = await mkdtemp(join(tmpdir(), 'deephealth-interop-health-'));
  const { writeLateModel } = await import('./test-models.mjs');
  writeLateModel(store);
  const [port] = await freePorts(1);
  const target = `127.0.0.1:${port}`;
  const { child, stop } = startServe(root, ['--models', store, '--port', String(port), '--http-port', 'off', '--json']);
  const ask = async (service) => (await probe(target, '-connect-timeout=2s', ...service)).code;
  try {
    await check('a server that verifies its models is not serving (exit code 4) until it has: then 0', async () => {
      const outcomes = await collectUntil(
        (code) => code === SERVING,
        () => ask([]),
      );
      const changes = outcomes.filter((code, index) => code !== outcomes[index - 1]);
      expectEqual(
        'outcomes in their order',
        changes.filter((code) => code !== NO_CONNECTION),
        [NOT_SERVING, SERVING],
      );
      for (const service of SERVICES) expectEqual(service, await ask([`-service=${service}`]), SERVING);
    });
    await check(
      'from the signal to stop on, the probe never says serving, and the running request is answered',
      async () => {
        const { createRuntimeClient } = await import('@deephealth/sdk');
        const client = createRuntimeClient({ address: target });
        const data = Buffer.from(Float32Array.of(1.5, -2, 0, 4).buffer);
        const tensor = { dataType: 'DATA_TYPE_FP32', shape: [1, 4], data };
        await client.connect();
        const answer = client.predict({ modelName: 'late', inputs: [{ name: 'x', tensor }] });
        // Time for the request to arrive; its run takes a second.
        await delay(300);
        child.server.kill('SIGTERM');
        await collectUntil(
          (code) => code !== SERVING,
          () => ask([]),
        );
        const outcomes = [await ask([]), await ask([`-service=${SERVICES[0]}`])];
        expectTrue(`${outcomes} without ${SERVING}`, !outcomes.includes(SERVING));
        const { findings } = await answer;
        expectEqual('values', findings[0].tensor.data.equals(data), true);
        client.close();
        expectEqual('exit', await child.exited, { code: 0, signal: null });
        expectEqual('after its end', await ask([]), NO_CONNECTION);
      },
    );
  } finally {
    if (child.server.exitCode === null && child.server.signalCode === null) await stop(0);
    rmSync(store, { recursive: true, force: true });
  }
}

/** Asks again and again; gives all answers, the last of them one that is wanted. */
async function collectUntil(isWanted, ask) {
  const deadline = Date.now() + START_LIMIT_MS;
  const outcomes = [];
  while (Date.now() < deadline) {
    outcomes.push(await ask());
    if (isWanted(outcomes.at(-1))) break;
    await delay(50);
  }
  return outcomes;
}
