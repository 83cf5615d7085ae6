import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXPLANATION, writeExplainedXray, xrayCall, xrayFile } from './explained-xray.js';
import { type RuntimeProcess, startRuntimeProcess } from './runtime-process.js';
import { ask, type ServedAdapter, serveAdapter } from './served-adapter.js';
import { temporaryFolder } from './temporary-folder.js';

const BROWSER = '/usr/bin/chromium';
let runtime: RuntimeProcess;
let folder: string;
let served: ServedAdapter | undefined;

beforeAll(async () => {
  const store = temporaryFolder();
  folder = await writeExplainedXray(store);
  runtime = await startRuntimeProcess(store);
});
afterAll(async () => {
  await served?.stop();
  await runtime?.stop();
});

async function serve() {
  await served?.stop();
  served = await serveAdapter({ runtime: runtime.address, packages: [folder] });
  return served;
}

const cardOf = async (adapter: ServedAdapter, name: string) => {
  const { status, json } = await adapter.post('/cds-services/xray', xrayCall(xrayFile(name)));
  expect(status).toBe(200);
  return json.cards[0];
};

describe('the region behind a chest X-ray of the sample', () => {
  it('is found by a real runtime, and its own test is told as it is', async () => {
    const adapter = await serve();
    const card = await cardOf(adapter, 'both-dense');
    const { region, classes } = card.extension['eu.deephealth.finding'];
    expect(region.isShown).toBe(true);
    expect(region.probability).toBe(classes[1].probability);
    const { isBetterThanRandom } = region.deletion;
    expect(card.detail.includes('Doubtful region')).toBe(!isBetterThanRandom);
    const page = await ask(card.links[0].url, {});
    expect(page.status).toBe(200);
    expect(page.text.includes('class="note doubt"')).toBe(!isBetterThanRandom);
    expect(page.text).toContain(`width="28" height="28"`);
    const kinds = card.extension['eu.deephealth.provenance'].warnings.map(({ kind }: { kind: string }) => kind);
    expect(kinds.includes('HIGHLIGHT_DOUBTFUL')).toBe(!isBetterThanRandom);
  });

  it('is doubtful, and nothing is coloured, where no part of the image changes the score', async () => {
    const adapter = await serve();
    const card = await cardOf(adapter, 'uniform-grey');
    expect(card.detail).toContain('Doubtful region');
    expect((await ask(card.links[0].url, {})).text).toContain('No place is coloured');
  });

  it('does not hold up the score, which leaves without it', async () => {
    // Some 1,700 runs, which no machine does in the time that is left.
    const slow = { ...EXPLANATION, stride: [1, 1], deletion: { steps: 60, randomOrders: 20 } };
    const store = temporaryFolder();
    const packages = [await writeExplainedXray(store, undefined, slow)];
    const other = await startRuntimeProcess(store);
    const hurried = await serveAdapter({ runtime: other.address, packages, deadlineMs: 200 });
    try {
      const shown: string[] = [];
      for (let i = 0; i < 8; i += 1) {
        const { status, json } = await hurried.post('/cds-services/xray', xrayCall());
        // On a busy machine a score may be late by itself; never is one sent late.
        if (status !== 200) continue;
        expect(json.cards[0].summary).toBe('Pneumonia: 99.8 %.');
        shown.push(JSON.stringify(json.cards[0].extension['eu.deephealth.finding'].region));
      }
      expect(new Set(shown)).toEqual(new Set(['{"isShown":false,"why":"late"}']));
    } finally {
      await hurried.stop();
      await other.stop();
    }
  });

  it('is refused with the service where the package does not say how it is found', async () => {
    const without = await writeExplainedXray(temporaryFolder(), undefined, 'none');
    await expect(serveAdapter({ runtime: runtime.address, packages: [without] })).rejects.toMatchObject({
      code: 'DH_CDS_BINDING_INVALID',
    });
  });

  it.skipIf(!existsSync(BROWSER))('is seen in a browser, colours over the image (Chromium)', async () => {
    const adapter = await serve();
    const { links } = await cardOf(adapter, 'both-dense');
    const profile = temporaryFolder();
    const { stdout } = await promisify(execFile)(
      BROWSER,
      ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${profile}`, '--dump-dom', links[0].url],
      { timeout: 60_000 },
    );
    expect(stdout).toContain('<figure>');
    const fetched = adapter.logged.map((line) => JSON.parse(line)).filter(({ route }) => route === 'region');
    // The page, and the image that its policy lets it load.
    expect(fetched.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(2);
  });
});
