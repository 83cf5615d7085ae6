import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildTestPackage, type TestPackageOptions } from '@deephealth/sdk/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { identityPackage, refusalOf, startTestServer, type TestServer, tensorInput, valuesOf } from './test-server.js';

const far: TestPackageOptions = {
  name: 'far',
  tensors: identityPackage.tensors,
  golden: identityPackage.golden,
  manifest: { remote: { protocol: 'open-inference', model: 'identity' } },
};

/** Another model behind the same name: it answers, but not what the golden case says. */
const impostor: TestPackageOptions = {
  ...identityPackage,
  golden: [
    {
      id: 'ramp',
      inputs: { x: { dataType: 'FP32', shape: [1, 4], values: [1, -2, 3, 0.5] } },
      expected: { y: { dataType: 'FP32', shape: [1, 4], values: [2, -1, 4, 1.5] } },
    },
  ],
};

const servers: TestServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

async function start(...args: Parameters<typeof startTestServer>): Promise<TestServer> {
  const server = await startTestServer(...args);
  servers.push(server);
  return server;
}

async function stop(server: TestServer): Promise<void> {
  servers.splice(servers.indexOf(server), 1);
  await server.stop();
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

const request = { modelName: 'far', inputs: [tensorInput('x', [1, 2, 3, 4])] };

describe('a model that another server runs', () => {
  it('answers through the contract, with its own provenance', async () => {
    const backend = await start([identityPackage]);
    const server = await start([far], { remotes: { far: { address: backend.server.address } } });
    const answer = await server.client.predict(request);
    expect(valuesOf(answer)).toEqual([1, 2, 3, 4]);
    expect(answer.provenance).toMatchObject({ modelName: 'far', executionProvider: 'remote' });
  });

  it('is refused if that server does not compute what the golden cases say', async () => {
    const backend = await start([identityPackage]);
    const server = await start([{ ...far, golden: impostor.golden }], {
      remotes: { far: { address: backend.server.address } },
    });
    expect(server.server.store.find('far', '1').reason?.code).toBe('DH_GOLDEN_MISMATCH');
  });

  it('serves again when that server is back, and not before it has passed anew', async () => {
    const first = await start([identityPackage]);
    const { port } = first.server;
    const server = await start([far], { remotes: { far: { address: first.server.address } } });
    const model = server.server.store.find('far', '1');
    await stop(first);
    await until(() => !model.isServing);
    const refusal = await refusalOf(server.client.predict(request));
    expect(refusal.code).toBe('DH_REMOTE_UNAVAILABLE');
    expect(refusal.retryable).toBe(true);
    const readiness = server.logged.filter((line) => line.includes('"model.verifying"')).length;
    await start([identityPackage], { port });
    await until(() => model.isServing);
    expect(server.logged.filter((line) => line.includes('"model.verifying"')).length).toBeGreaterThan(readiness);
    expect(valuesOf(await server.client.predict(request))).toEqual([1, 2, 3, 4]);
  }, 60_000);

  it('is refused for good if another model has come back under its name', async () => {
    const first = await start([identityPackage]);
    const { port } = first.server;
    const server = await start([far], { remotes: { far: { address: first.server.address } } });
    const model = server.server.store.find('far', '1');
    await stop(first);
    await until(() => !model.isServing);
    const second = await start([], { port });
    const { plusOneModel } = await import('./plus-one-model.js');
    buildTestPackage(second.store, { ...impostor, model: plusOneModel() });
    await second.client.loadModel('identity', '1');
    await until(() => model.state === 'QUARANTINED');
    expect(model.reason?.code).toBe('DH_GOLDEN_MISMATCH');
    expect((await refusalOf(server.client.predict(request))).code).toBe('DH_MODEL_QUARANTINED');
    rmSync(join(second.store, 'identity'), { recursive: true });
  }, 60_000);
});
