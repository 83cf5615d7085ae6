import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJsonLog, type RuntimeServer, startRuntimeServer } from '@deephealth/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyseSlide, type SlideFindings } from '../hosts/pathology/embed-node.js';
import { type PromortDouble, startPromortDouble } from '../hosts/pathology/promort-double.js';
import { sendToPromort } from '../hosts/pathology/send-to-promort.js';

const samples = fileURLToPath(new URL('..', import.meta.url));

describe('a host for whole slides', () => {
  let folder: string;
  let runtime: RuntimeServer;
  let promort: PromortDouble;
  let findings: SlideFindings;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pathology-host-'));
    runtime = await startRuntimeServer({
      models: [join(samples, 'models')],
      repository: { mode: 'explicit', load: ['tissue-pixels'] },
      port: 0,
      log: createJsonLog('error'),
    });
    await runtime.verified;
    promort = await startPromortDouble({ users: { importer: 'secret' }, slides: ['case-7'] });
  }, 60_000);

  afterAll(async () => {
    await promort?.close();
    await runtime?.stop();
    await rm(folder, { recursive: true });
  });

  it('finds the tissue of a slide and writes files', async () => {
    findings = await analyseSlide({
      ...{ slide: join(samples, 'inputs', 'whole', 'tissue-skin.png'), micronsPerPixel: 3.992 },
      ...{ package: join(samples, 'models', 'tissue-pixels', '1.0.0'), runtime: runtime.address, folder },
    });
    // The slide has 1.64 mm2 in all, of which the tissue takes about a third.
    expect(findings.areas[0]?.areaMm2).toBeGreaterThan(0.4);
    expect(findings.areas[0]?.areaMm2).toBeLessThan(0.8);
    expect((await readdir(folder)).sort()).toEqual(['geojson', 'shapes.json', 'zip'].map((one) => `tissue.${one}`));
  });

  it('sends them to ProMort, once', async () => {
    const platform = { baseUrl: promort.url, username: 'importer', password: 'secret' };
    const sent = await sendToPromort(findings, 'case-7', platform);
    expect(sent).toMatchObject({ isNew: true });
    expect(sent.fragments).toBeGreaterThan(0);
    expect(promort.tables.predictions).toMatchObject([
      { slide: 'case-7', type: 'TISSUE', provenance: { model: 'tissue-pixels 1.0.0' } },
    ]);
    expect(await sendToPromort(findings, 'case-7', platform)).toEqual({ ...sent, isNew: false, fragments: 0 });
    expect(promort.tables.predictions).toHaveLength(1);
  });
});
