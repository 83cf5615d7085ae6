import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { webAnswer } from './access-faces.js';
import { createHospital, ISSUER, ONCE, randomKey } from './access-hospital.js';
import { deephealth, endProcesses, startDeephealth } from './cli-process.js';

describe('deephealth slide view', () => {
  let folder: string;
  let slide: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slide-view-'));
    slide = join(folder, 'patient-7.png');
    await writeFile(slide, encode({ width: 600, height: 400, channels: 3, data: new Uint8Array(720_000).fill(90) }));
  });
  afterEach(endProcesses);
  afterAll(() => rm(folder, { recursive: true }));

  it('serves a slide until Ctrl-C, and says nothing but the address', async () => {
    const running = startDeephealth(['slide', 'view', slide, '--mpp', '0.5']);
    const [, url = ''] = await running.printed(/^Slide viewer: (http:\/\/127\.0\.0\.1:\d+\/\S+)$/m);
    expect(await (await fetch(url)).text()).toContain('<h1 id="slide-name">');
    const tile = await fetch(new URL('slide_files/10/0_0.jpeg', url));
    expect([tile.status, tile.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
    running.send('SIGINT');
    const { exitCode, stdout, complaints } = await running.ended;
    expect({ exitCode, complaints }).toEqual({ exitCode: 0, complaints: '' });
    expect(stdout).not.toContain('patient-7');
  });

  it('prints the address as JSON', async () => {
    const running = startDeephealth(['slide', 'view', slide, '--mpp', '0.5', '--json']);
    const [text] = await running.printed(/\{[^}]+\}/);
    expect((await fetch(JSON.parse(text).url)).status).toBe(200);
    running.send('SIGTERM');
    expect((await running.ended).exitCode).toBe(0);
  });

  it('lets in by TLS and access of a server whom the server would, but no token that opens one call', async () => {
    const hospital = createHospital(folder);
    const config = join(folder, 'deephealth.config.json');
    await writeFile(config, JSON.stringify({ tls: hospital.tls, access: hospital.access }));
    const running = startDeephealth(['slide', 'view', slide, '--mpp', '0.5', '--config', config]);
    const [, url = ''] = await running.printed(/^Slide viewer: (https:\/\/127\.0\.0\.1:\d+\/\S+)$/m);
    const look = async (secret: string | undefined, identity = hospital.client) => {
      const authorization = secret === undefined ? [] : [`Bearer ${secret}`];
      return (await webAnswer(hospital, url, {}, { authorization, identity })).outcome;
    };
    expect(await look(hospital.keys['ward-a'])).toBe('200');
    expect(await look(hospital.token({ iss: ISSUER }))).toBe('200');
    expect(await look(hospital.token({ iss: ONCE, jti: randomKey() }))).toBe('401');
    expect(await look(undefined)).toBe('401');
    expect(await look(hospital.keys['auditor-a'])).toBe('403');
    expect(await look(hospital.keys['ward-a'], hospital.stranger)).toBe('no connection');
    running.send('SIGTERM');
    const { exitCode, stderr } = await running.ended;
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('Refused: auditor-a')]);
    expect(stderr).not.toContain(hospital.keys['auditor-a']);
  });

  it('takes TLS and a file of keys from its flags', async () => {
    const { tls, access, keys, ...hospital } = createHospital(folder);
    const secured = ['--tls-certificate', tls.certificate, '--tls-key', tls.key, '--access', access.keysFile];
    const running = startDeephealth(['slide', 'view', slide, '--mpp', '0.5', ...secured]);
    const [, url = ''] = await running.printed(/^Slide viewer: (https:\S+)$/m);
    const look = async (authorization: string[]) =>
      (await webAnswer({ tls, access, keys, ...hospital }, url, {}, { authorization })).outcome;
    expect([await look([`Bearer ${keys['ward-a']}`]), await look([])]).toEqual(['200', '401']);
    // Half of it does not leave loopback; nothing listens.
    for (const half of [secured.slice(0, 4), secured.slice(4)]) {
      const { exitCode, stderr } = await deephealth('slide', 'view', slide, '--host', '0.0.0.0', '--mpp', '1', ...half);
      expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/DH_INSECURE_BIND_REFUSED: .*TLS and access/)]);
    }
  });

  it.each([
    { flags: ['--tls-certificate', 'a.pem'], exitCode: 2, says: /--tls-certificate and --tls-key go together/ },
    { flags: ['--config', 'a.json', '--access', 'keys.json'], exitCode: 2, says: /--config goes without/ },
    { flags: ['--access', 'none.json'], exitCode: 1, says: /DH_CONFIG_INVALID: .*access.keysFile/ },
    { flags: ['--result', '.'], exitCode: 1, says: /DH_REQUEST_MALFORMED: .*slide predict/ },
    { flags: ['--host', '0.0.0.0'], exitCode: 1, says: /DH_INSECURE_BIND_REFUSED: .*--insecure-i-know/ },
    { flags: ['--port', 'x'], exitCode: 2, says: /number from 0 to 65535/ },
  ])('refuses $flags', async ({ flags, ...expected }) => {
    const { exitCode, stderr } = await deephealth('slide', 'view', slide, '--mpp', '0.5', ...flags);
    expect({ exitCode, says: stderr }).toEqual({
      exitCode: expected.exitCode,
      says: expect.stringMatching(expected.says),
    });
  });
});
