import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChainServer, startChainServer } from '@deephealth/adapter-piaf';
import { createRunServiceDouble, describeServedChain, servedChain } from '@deephealth/adapter-piaf/testing';
import { type AccessGate, createAccessGate, keyDigest } from '@deephealth/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const KEYS = ['ward-a', 'ward-b', 'no-model'].map((id) => [id, `key-of-${id}-`.padEnd(40, 'x')] as const);
const keyOf = Object.fromEntries(KEYS);
let folder: string;
let gate: AccessGate;
let server: ChainServer;
const service = createRunServiceDouble({ chains: [servedChain()] });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gated-chains-'));
  const keysFile = join(folder, 'keys.json');
  const keys = KEYS.map(([id, key]) => ({
    ...{ id, sha256: keyDigest(key), roles: ['clinician'], tenant: id },
    ...(id === 'no-model' && { models: ['other-*'] }),
  }));
  writeFileSync(keysFile, JSON.stringify({ keys }));
  gate = await createAccessGate({ keysFile });
  server = await startChainServer({ service, gate, describeChain: describeServedChain });
});
afterAll(async () => {
  await server.close();
  await gate.close();
  rmSync(folder, { recursive: true });
});

async function ask(path: string, who?: string, body?: object): Promise<[number, Record<string, never>]> {
  const answer = await fetch(`${server.url}${path}`, {
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    headers: {
      ...(who !== undefined && { authorization: `Bearer ${keyOf[who]}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
  });
  return [answer.status, JSON.parse((await answer.text()) || '{}')];
}

const study = { value: Buffer.from('pixels').toString('base64'), mediaType: 'application/dicom' };
const EXECUTE = { inputs: { studies: [study] } };

describe('the chain server with the gate', () => {
  it('keeps runs of a tenant for it alone, on both faces', async () => {
    const [, { processes }] = await ask('/ogc/processes', 'ward-a');
    const id = (processes as { id: string }[])[0]?.id;
    const [status, job] = await ask(`/ogc/processes/${id}/execution`, 'ward-a', EXECUTE);
    expect(status, JSON.stringify(job)).toBe(201);
    expect(service.submitted.at(-1)?.tenant).toBe('ward-a');
    const { jobID } = job as unknown as { jobID: string };
    const places = [`/ogc/jobs/${jobID}`, `/ga4gh/wes/v1/runs/${jobID}`, `/ga4gh/wes/v1/runs/${jobID}/status`];
    for (const place of places) {
      expect((await ask(place, 'ward-a'))[0], place).toBe(200);
      expect((await ask(place, 'ward-b'))[0], place).toBe(404);
      expect((await ask(place))[0], place).toBe(401);
    }
    expect((await ask('/ga4gh/wes/v1/runs', 'ward-b'))[1]).toMatchObject({ runs: [] });

    // A chain of a model outside of the rule is not there, and nothing is begun.
    const before = service.submitted.length;
    expect((await ask(`/ogc/processes/${id}/execution`, 'no-model', EXECUTE))[0]).toBe(404);
    expect((await ask('/ogc/processes', 'no-model'))[1]).toMatchObject({ processes: [] });
    expect(service.submitted.length).toBe(before);
  });

  it('asks nobody for health and for how to get in', async () => {
    const answers = await Promise.all(['/healthz', '/auth-instructions'].map((path) => fetch(server.url + path)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect((await ask('/ga4gh/wes/v1/service-info'))[0]).toBe(401);
  });

  it('has one way of knowing tenants', async () => {
    const tenants = [{ name: 'ward', keySha256: '0'.repeat(64) }];
    await expect(
      startChainServer({ service, gate, tenants, describeChain: describeServedChain }),
    ).rejects.toMatchObject({
      code: 'DH_CONFIG_INVALID',
    });
    await expect(
      startChainServer({ service, gate, host: '0.0.0.0', describeChain: describeServedChain }),
    ).rejects.toMatchObject({ code: 'DH_INSECURE_BIND_REFUSED' });
  });
});
