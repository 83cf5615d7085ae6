import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RuntimeClient } from '@deephealth/sdk';
import { afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { writeExplainedXray, xrayCall, xrayFile, xrayService } from './explained-xray.js';
import { fakeRuntime } from './fake-runtime.js';
import { NOW } from './heart-package.js';
import { type MadeRegion, xrayAnswer } from './region-answer.js';
import { type ServedAdapter, serveAdapter } from './served-adapter.js';
import { temporaryFolder } from './temporary-folder.js';

export const PATIENT = 'CanaryPatient';

type State = {
  /** What `serve` started last. */
  served: ServedAdapter;
  stateFolder: string;
  now: Date;
  /** How the runtime answers. */
  predict: RuntimeClient['predict'];
  /** What the runtime was asked in this test. */
  asked: Parameters<RuntimeClient['predict']>[];
};

/** A service whose cards link to the region behind their score, anew for each test of a file. */
export function useXrayService() {
  const xray = {} as State;
  let folder: string;

  beforeAll(async () => {
    folder = await writeExplainedXray(temporaryFolder(), [
      xrayService(),
      xrayService('xray-shadow', { isShadow: true }),
    ]);
  });
  beforeEach(() => {
    Object.assign(xray, { now: NOW, asked: [], stateFolder: temporaryFolder() });
    xray.predict = async (request) => xrayAnswer(request);
  });
  afterEach(async () => {
    await xray.served?.stop();
  });

  async function serve(more: Partial<Parameters<typeof serveAdapter>[0]> = {}): Promise<void> {
    xray.served = await serveAdapter({
      runtime: fakeRuntime((request, settings) => {
        xray.asked.push([request, settings]);
        return xray.predict(request, settings);
      }),
      packages: [folder],
      stateFolder: xray.stateFolder,
      languages: ['en', 'de', 'it'],
      now: () => xray.now,
      ...more,
    });
  }

  const call = (body = xrayCall(xrayFile(), PATIENT), headers = {}) =>
    xray.served.post('/cds-services/xray', body, headers);

  /** The runtime answers with this region from here on. */
  const made = (region: MadeRegion) => {
    xray.predict = async (request) => xrayAnswer(request, 0.9, region);
  };

  /** The card of a call, and the address of its region where it has one. */
  async function cardOf(answer = call()) {
    const { status, json } = await answer;
    expect(status).toBe(200);
    const [card] = json.cards;
    const link = card.links.find(({ url }: { url: string }) => url.includes('/regions/'));
    return { card, link, url: link?.url as string, region: card.extension['eu.deephealth.finding'].region };
  }

  const lastCall = () => xray.served.logged.map((line) => JSON.parse(line)).findLast(({ route }) => route === 'call');
  const records = () =>
    readFileSync(join(xray.stateFolder, 'inferences.ndjson'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

  return { xray, serve, call, made, cardOf, lastCall, records };
}
