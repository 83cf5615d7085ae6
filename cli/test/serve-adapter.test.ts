import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAdapterClient, createRuntimeClient, writeChecksums } from '@deephealth/sdk';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { deephealth, endProcesses, startDeephealth } from './cli-process.js';
import { storeOf, vectorPackage } from './served-packages.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

afterEach(endProcesses);
afterAll(removeTemporaryFolders);

const SAMPLE = fileURLToPath(new URL('../../samples/models/heart-disease-risk', import.meta.url));
const ADAPTER = ['--adapter', 'clinical-decision-support'];

function heartStore(): string {
  const store = temporaryFolder();
  cpSync(join(SAMPLE, '1.0.0'), join(store, 'heart-disease-risk', '1.0.0'), { recursive: true });
  return store;
}

function configFile(content: object): string {
  const file = join(temporaryFolder(), 'cds.json');
  writeFileSync(file, JSON.stringify(content));
  return file;
}

const serve = (store: string, config: object, ...more: string[]) =>
  startDeephealth([
    ...['serve', '--models', store, '--port', '0', '--http-port', 'off'],
    ...ADAPTER,
    ...['--adapter-port', '0', '--adapter-config', configFile({ stateFolder: 'state', ...config })],
    ...more,
  ]);

describe('deephealth serve --adapter clinical-decision-support', () => {
  it('serves the services of the packages with a binding, ready once the models are, and stops with the runtime', async () => {
    const server = serve(heartStore(), {});
    const [, base = ''] = await server.printed(/CDS Hooks on (\S+)\/cds-services \(heart-disease-exercise-test,.*\)/);
    await server.printed(/Ready on/);
    const { services } = (await (await fetch(`${base}/cds-services`)).json()) as { services: { id: string }[] };
    expect(services.length).toBeGreaterThan(0);
    expect((await fetch(`${base}/health/ready`)).status).toBe(200);
    const refused = await fetch(`${base}/cds-services/${services[0]?.id}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(refused.status).toBe(400);
    server.send('SIGTERM');
    const { exitCode, stderr } = await server.ended;
    expect(exitCode).toBe(0);
    expect(stderr).toContain('"event":"cds-request"');
    await expect(fetch(`${base}/cds-services`)).rejects.toThrow();
  });

  it('serves what the adapter says of itself where its contract face is turned on, on loopback, and stops it', async () => {
    const trust = { clients: [{ issuer: 'https://hospital.example', jku: ['https://hospital.example/jwks'] }] };
    const server = serve(heartStore(), { trust, contractPort: 1 }, '--adapter-contract-port', '0');
    const [, address = ''] = await server.printed(/Contract face of the adapter on (127\.0\.0\.1:\d+) /);
    await server.printed(/Ready on/);
    // The flag wins over the file.
    expect(address).not.toMatch(/:1$/);
    const client = createAdapterClient({ address });
    const runtime = createRuntimeClient({ address });
    const told = await client.describe();
    expect(told.platform).toBe('clinical-decision-support');
    expect(told.runtime?.name).toBe((await runtime.getServerInfo()).name);
    const [binding] = await client.listBindings();
    const { bindings } = await client.checkHealth();
    expect(bindings[0]).toMatchObject({ bindingId: binding?.id, state: 'BINDING_STATE_READY', reason: '' });
    const request = { bindingId: binding?.id ?? '', input: Buffer.from('{}'), mediaType: 'application/json' };
    await expect(client.runBinding(request)).rejects.toMatchObject({ code: 'DH_CDS_UNAUTHENTICATED' });
    runtime.close();
    server.send('SIGTERM');
    expect((await server.ended).exitCode).toBe(0);
    await expect(client.describe({ deadlineMs: 1_000 })).rejects.toMatchObject({ code: 'DH_CONNECT_FAILED' });
    client.close();
  });

  it('lets nobody in whom the configuration does not name', async () => {
    const server = serve(heartStore(), {
      trust: { clients: [{ issuer: 'https://hospital.example', jku: ['https://hospital.example/jwks'] }] },
    });
    const [, base = ''] = await server.printed(/CDS Hooks on (\S+)\/cds-services/);
    expect((await fetch(`${base}/cds-services`)).status).toBe(401);
  });

  it.each<[string, object, string, RegExp]>([
    ['outside without TLS and clients', { host: '0.0.0.0' }, 'DH_INSECURE_BIND_REFUSED', /loopback/],
    ['with a field that is none', { trsut: {} }, 'DH_CONFIG_INVALID', /"trsut"/],
    [
      'with a field of the wrong form',
      { allowedOrigins: 'https://ehr.example' },
      'DH_CONFIG_INVALID',
      /allowedOrigins/,
    ],
    ['with a wildcard', { allowedOrigins: ['*'] }, 'DH_CONFIG_INVALID', /allowedOrigins/],
    ['with a package that is not there', { packages: ['heart-disease-risk/2.0.0'] }, 'DH_CONFIG_INVALID', /2\.0\.0/],
    [
      'with a certificate that is not there',
      { tls: { certFile: 'a.pem', keyFile: 'b.pem' } },
      'DH_CONFIG_INVALID',
      /tls\.certFile/,
    ],
    [
      'with a link that lives for a week',
      { regionLinks: { lifetimeMs: 604_800_000 } },
      'DH_CONFIG_INVALID',
      /lifetimeMs/,
    ],
    ['with links of no length', { regionLinks: { lifetime: 1 } }, 'DH_CONFIG_INVALID', /"regionLinks" .*"maxCount"/],
    ['with nowhere to write results to', { writeBack: {} }, 'DH_CONFIG_INVALID', /"writeBack" .*fhirServer/],
    [
      'with a token in place of the file that holds it',
      { writeBack: { fhirServer: 'https://ehr.example/fhir', accessToken: 'x' } },
      'DH_CONFIG_INVALID',
      /accessTokenFile/,
    ],
    [
      'with a file of a token that is not there',
      { audit: { repository: 'https://audit.example/fhir', accessTokenFile: 'token' } },
      'DH_CONFIG_INVALID',
      /accessTokenFile/,
    ],
  ])('is refused %s, and the runtime is stopped', async (_what, config, code, says) => {
    const { exitCode, complaints } = await serve(heartStore(), config).ended;
    expect(exitCode).not.toBe(0);
    expect(complaints).toContain(code);
    expect(complaints).toMatch(says);
    expect(complaints).not.toContain('/tmp');
  });

  it('is refused if no package has a binding, and its flags without it', async () => {
    const { exitCode, complaints } = await serve(storeOf([vectorPackage]), {}).ended;
    expect({ exitCode, complaints }).toMatchObject({ exitCode: expect.any(Number) });
    expect(complaints).toContain('bindings/cds-hooks.json');
    const alone = await deephealth('serve', '--models', storeOf([vectorPackage]), '--adapter-port', '0');
    expect(alone.exitCode).toBe(2);
  });
});

describe('deephealth validate', () => {
  it('checks the binding of a package to CDS Hooks', async () => {
    const folder = join(heartStore(), 'heart-disease-risk', '1.0.0');
    const good = await deephealth('validate', folder);
    expect(good.stdout).toMatch(/^cds-hooks +ok +services heart-disease-exercise-test,/m);
    expect(good.exitCode).toBe(0);
    const file = join(folder, 'bindings', 'cds-hooks.json');
    const binding = JSON.parse(readFileSync(file, 'utf8'));
    binding.services[0].features.age.unit = 'mo';
    writeFileSync(file, JSON.stringify(binding));
    await writeChecksums(folder);
    const [plain, json] = await Promise.all([deephealth('validate', folder), deephealth('validate', folder, '--json')]);
    expect(plain.exitCode).toBe(1);
    expect(plain.stdout).toMatch(/^cds-hooks +FAILED/m);
    expect(plain.stdout).toMatch(/REFUSED DH_CDS_BINDING_INVALID: .*\/services\/0\/features\/age\/unit/);
    expect(JSON.parse(json.stdout)).toMatchObject({ valid: false, error: { code: 'DH_CDS_BINDING_INVALID' } });
  });
});
