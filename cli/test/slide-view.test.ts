import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
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

  it.each([
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
