import { rmSync } from 'node:fs';
import { buildTestPackage } from '@deephealth/sdk/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { identityPackage, refusalOf, startTestServer, type TestServer, tensorInput } from './test-server.js';

let test: TestServer;

afterEach(() => test.stop());

const version = (number: string) => ({ ...identityPackage, version: number });
const states = () =>
  Object.fromEntries(test.server.store.versions('identity').map((model) => [model.version, model.state]));

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('LoadModel under a version policy', () => {
  it('refuses a version that the policy would not serve, and says what to do', async () => {
    test = await startTestServer([version('1'), version('2')], { versionPolicy: { latest: 1 } });
    const refusal = await refusalOf(test.client.loadModel('identity', '1'));
    expect(refusal.code).toBe('DH_VERSION_EXCLUDED');
    expect(refusal.message).toContain('unload the newer versions first');
    await test.client.unloadModel('identity', '2');
    await test.client.loadModel('identity', '1');
    expect(states()).toEqual({ 1: 'READY', 2: 'UNLOADED' });
  });

  it('refuses one that is not among the specific ones', async () => {
    test = await startTestServer([version('1'), version('2')], { versionPolicy: { specific: ['1'] } });
    expect((await refusalOf(test.client.loadModel('identity', '2'))).code).toBe('DH_VERSION_EXCLUDED');
    expect(states()).toEqual({ 1: 'READY', 2: 'DISCOVERED' });
  });

  it('answers with the refusal of newer files, while the old ones go on serving', async () => {
    test = await startTestServer([identityPackage]);
    const [golden] = identityPackage.golden;
    const wrong = { ...golden?.expected.y, dataType: 'FP32' as const, shape: [1, 4], values: [9, 9, 9, 9] };
    buildTestPackage(test.store, {
      ...identityPackage,
      golden: [{ ...golden, id: 'ramp', inputs: golden?.inputs ?? {}, expected: { y: wrong } }],
    });
    expect((await refusalOf(test.client.loadModel('identity', '1'))).code).toBe('DH_GOLDEN_MISMATCH');
    const answer = await test.client.predict({ modelName: 'identity', inputs: [tensorInput('x', [1, 2, 3, 4])] });
    expect(answer.findings).toHaveLength(1);
  });
});

describe('a store that is polled', () => {
  it('goes back to the version before when the newest is deleted', async () => {
    test = await startTestServer([version('1'), version('2')], {
      versionPolicy: { latest: 1 },
      repository: { mode: 'poll', pollIntervalMs: 20 },
    });
    await until(() => states()['2'] === 'READY' && states()['1'] !== 'READY');
    rmSync(test.server.store.find('identity', '2').folder, { recursive: true });
    await until(() => states()['1'] === 'READY' && states()['2'] === undefined);
  });

  it('goes back to one that served before', async () => {
    test = await startTestServer([version('1')], {
      versionPolicy: { latest: 1 },
      repository: { mode: 'poll', pollIntervalMs: 20 },
    });
    expect(states()).toEqual({ 1: 'READY' });
    buildTestPackage(test.store, version('2'));
    await until(() => states()['2'] === 'READY' && states()['1'] === 'UNLOADED');
    rmSync(test.server.store.find('identity', '2').folder, { recursive: true });
    await until(() => states()['1'] === 'READY');
  });
});

describe('a server that is to load a model at its start', () => {
  it('refuses to start if no store holds it', async () => {
    test = await startTestServer([identityPackage]);
    const refusal = await refusalOf(
      startTestServer([identityPackage], { repository: { mode: 'explicit', load: ['identity', 'idenity'] } }),
    );
    expect(refusal.code).toBe('DH_CONFIG_INVALID');
    expect(refusal.message).toContain('"idenity"');
  });
});
