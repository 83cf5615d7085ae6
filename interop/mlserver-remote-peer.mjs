// MLServer behind a package of ours: our contract in front, its inference behind.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expectEqual, expectTrue } from './check-report.mjs';
import { Mlserver } from './mlserver-process.mjs';
import { serveModels } from './served-runtime.mjs';

// The server is asked every two seconds, and a connection that failed is tried again later each time.
const CHANGE_LIMIT_MS = 180_000;
const REQUESTS = 50;

export async function runMlserverRemoteChecks(venvPython, { root, name }, report) {
  const scratch = mkdtempSync(join(tmpdir(), 'deephealth-interop-remote-'));
  const check = (sentence, run) => report.check('mlserver_remote', sentence, run);
  const folder = join(scratch, 'mlserver');
  mkdirSync(join(folder, 'onnx'), { recursive: true });
  copyFileSync(join(root, 'interop', name, 'settings.json'), join(folder, 'settings.json'));
  copyFileSync(join(root, 'interop', name, 'model-settings.json'), join(folder, 'onnx', 'model-settings.json'));
  const graphFile = join(folder, 'onnx', 'model.onnx');
  const mlserver = new Mlserver(root, venvPython, folder, ['onnx']);
  let server;
  let client;
  try {
    const models = await import('./remote-models.mjs');
    const { createRuntimeClient } = await import('@deephealth/sdk');
    models.writeMlserverGraph(graphFile);
    const store = join(scratch, 'store');
    models.writeRemotePackages(store);
    await mlserver.start();
    const config = join(scratch, 'config.json');
    const remotes = Object.fromEntries(models.REMOTE_PACKAGES.map((model) => [model, { address: mlserver.address }]));
    writeFileSync(config, JSON.stringify({ models: [store], remotes }));
    server = await serveModels(root, ['--config', config]);
    client = createRuntimeClient({ address: server.address });
    const predict = (row, modelName = 'far-mlp') => client.predict({ modelName, inputs: [models.tensorOf(row)] });
    const stateOf = async (model) => (await client.listModels(model))[0];

    await check('a package is verified by golden cases that MLServer computes, and serves', async () => {
      expectEqual('state', (await stateOf('far-mlp'))?.state, 'MODEL_STATE_READY');
      const { verification } = await client.getModel('far-mlp');
      const golden = verification?.checks.find((one) => one.name === 'golden');
      expectEqual('golden cases', golden?.status, 'CHECK_STATUS_PASSED');
    });
    await check('a package whose golden case MLServer does not meet is refused, and says so', async () => {
      const refused = await stateOf('far-impostor');
      expectEqual(
        'state and reason',
        { state: refused?.state, reason: refused?.stateReason?.reason },
        { state: 'MODEL_STATE_QUARANTINED', reason: 'GOLDEN_MISMATCH' },
      );
    });
    await check('a package for a model that MLServer does not have is refused', async () => {
      expectEqual('state', (await stateOf('far-nobody'))?.state, 'MODEL_STATE_QUARANTINED');
    });
    await check('Predict through our contract gives the values of the closed form, with our provenance', async () => {
      const [row] = models.ROWS;
      const answer = await predict(row);
      models.expectProbabilities(answer, row);
      const { modelName, modelVersion, executionProvider, packageSha256 } = answer.provenance;
      expectEqual(
        'provenance',
        { modelName, modelVersion, executionProvider },
        { modelName: 'far-mlp', modelVersion: '1', executionProvider: 'remote' },
      );
      expectTrue('digest of the package', packageSha256.length > 0);
    });
    await check(`${REQUESTS} requests at once each get their own values`, async () => {
      const rows = Array.from({ length: REQUESTS }, (_, i) => [i / 8, -i / 16, 1, i % 3]);
      const answers = await Promise.all(rows.map((row) => predict(row)));
      for (const [i, answer] of answers.entries()) models.expectProbabilities(answer, rows[i]);
    });
    await check('several rows in one request each get their own values', async () => {
      const answer = await client.predict({ modelName: 'far-mlp', inputs: [models.tensorOf(...models.ROWS)] });
      models.expectProbabilities(answer, ...models.ROWS);
    });
    await check('a wrong shape is refused here, before it goes there', async () => {
      const outcome = await predict([1, 2, 3]).then(
        () => 'answered',
        (error) => error.code,
      );
      expectEqual('outcome', outcome, 'DH_TENSOR_SHAPE_MISMATCH');
    });
    await check('a request through our HTTP face is answered by MLServer, too', async () => {
      const [row] = models.ROWS;
      const inputs = [{ name: 'features', datatype: 'FP32', shape: [1, row.length], data: row }];
      const url = `http://${server.httpAddress}/v2/models/far-mlp/infer`;
      const response = await fetch(url, { method: 'POST', body: JSON.stringify({ inputs }) });
      expectEqual('status', response.status, 200);
      models.expectValues((await response.json()).outputs[0].data, [row]);
    });
    await check('when MLServer has gone, requests are refused and may be repeated; readiness says no', async () => {
      await mlserver.stop();
      const ready = `http://${server.httpAddress}/v2/models/far-mlp/ready`;
      await until(async () => !(await fetch(ready)).ok);
      const error = await predict(models.ROWS[0]).then(
        () => undefined,
        (refusal) => refusal,
      );
      expectEqual(
        'refusal',
        { code: error?.code, retryable: error?.retryable },
        { code: 'DH_REMOTE_UNAVAILABLE', retryable: true },
      );
    });
    await check('when MLServer is back, the package is verified anew and serves again', async () => {
      await mlserver.start();
      let answer;
      await until(async () => {
        answer = await predict(models.ROWS[1]).catch(() => undefined);
        return answer !== undefined;
      });
      models.expectProbabilities(answer, models.ROWS[1]);
    });
    await check('when MLServer comes back with another model, nothing of it is given to anybody', async () => {
      await mlserver.stop();
      models.writeOtherGraph(graphFile);
      await mlserver.start();
      await until(async () => {
        const answer = await predict(models.ROWS[0]).catch(() => undefined);
        expectEqual('an answer', answer, undefined);
        return (await stateOf('far-mlp'))?.state === 'MODEL_STATE_QUARANTINED';
      });
      expectEqual('reason', (await stateOf('far-mlp'))?.stateReason?.reason, 'GOLDEN_MISMATCH');
    });
  } finally {
    client?.close();
    await server?.stop(0);
    await mlserver.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function until(isSo) {
  const end = Date.now() + CHANGE_LIMIT_MS;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`did not happen within ${CHANGE_LIMIT_MS / 1000} s`);
    await delay(100);
  }
}
