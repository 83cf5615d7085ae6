import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, type ErrorCode, type RuntimeClient } from '@deephealth/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeRuntime, soundAnswer } from './fake-runtime.js';
import { callBody, writeHeartPackage } from './heart-package.js';
import { type ServedAdapter, serveAdapter } from './served-adapter.js';
import { temporaryFolder } from './temporary-folder.js';

type Predict = RuntimeClient['predict'];
type Changes = Parameters<typeof soundAnswer>[2];

let folder: string;
let served: ServedAdapter;
let predict: Predict;
const PATH = '/cds-services/heart-risk';

beforeAll(async () => {
  folder = await writeHeartPackage(temporaryFolder());
  served = await serveAdapter({
    runtime: fakeRuntime((request, settings) => predict(request, settings)),
    packages: [folder],
  });
});
afterAll(() => served?.stop());

const failing =
  (code: ErrorCode, details: Record<string, string> = {}): Predict =>
  async () => {
    throw new DeepHealthError(code, 'As the runtime says it.', { details });
  };
const answering =
  (changes: Changes, probability = 0.95): Predict =>
  async (request) =>
    soundAnswer(request, probability, changes);
const classes = (...probabilities: number[]) => ({
  classes: ['no-significant-narrowing', 'significant-narrowing'].flatMap((label, index) => {
    const probability = probabilities[index];
    return probability === undefined ? [] : [{ label, codes: [], probability }];
  }),
});

describe('a fault of the runtime', () => {
  it.each<[what: string, fault: Predict, status: number, code: ErrorCode]>([
    ['is down', failing('DH_CONNECT_FAILED'), 503, 'DH_CONNECT_FAILED'],
    ['verifies the model', failing('DH_MODEL_NOT_READY'), 503, 'DH_MODEL_NOT_READY'],
    ['has no room in its queue', failing('DH_QUEUE_FULL'), 503, 'DH_QUEUE_FULL'],
    ['is too slow', failing('DH_DEADLINE_EXCEEDED'), 503, 'DH_DEADLINE_EXCEEDED'],
    ['lost the process of the model', failing('DH_MODEL_HOST_LOST'), 503, 'DH_MODEL_HOST_LOST'],
    ['stops', failing('DH_SERVER_STOPPING'), 503, 'DH_SERVER_STOPPING'],
    ['does not know the model', failing('DH_MODEL_NOT_FOUND'), 500, 'DH_MODEL_NOT_FOUND'],
    ['has quarantined it', failing('DH_MODEL_QUARANTINED'), 500, 'DH_MODEL_QUARANTINED'],
    ['has stopped it', failing('DH_MODEL_SUSPENDED'), 500, 'DH_MODEL_SUSPENDED'],
    ['serves another package', failing('DH_PACKAGE_DIGEST_MISMATCH'), 500, 'DH_PACKAGE_DIGEST_MISMATCH'],
    ['got NaN from the model', failing('DH_MODEL_OUTPUT_INVALID'), 500, 'DH_MODEL_OUTPUT_INVALID'],
    ['crashes on it', failing('DH_MODEL_CRASHED'), 500, 'DH_MODEL_CRASHED'],
    ['refuses what we asked for', failing('DH_UNIT_MISMATCH'), 500, 'DH_UNIT_MISMATCH'],
    ['refuses the message as too large', failing('DH_MESSAGE_TOO_LARGE'), 500, 'DH_MESSAGE_TOO_LARGE'],
    ['refuses a value', failing('DH_VALUE_OUT_OF_RANGE', { column: 'cholesterol' }), 412, 'DH_CDS_DATA_MISSING'],
    ['throws what is no error of ours', async () => Promise.reject(new Error('at /srv/x of p-1')), 500, 'DH_INTERNAL'],
    ['gives no finding', answering({ response: { findings: [] } }), 500, 'DH_RESPONSE_INVALID'],
    ['gives a finding of another output', answering({ finding: { name: 'other' } }), 500, 'DH_RESPONSE_INVALID'],
    ['gives NaN', answering({ classification: classes(0.5, Number.NaN) }), 500, 'DH_RESPONSE_INVALID'],
    ['gives a probability above 1', answering({ classification: classes(0, 1.5) }), 500, 'DH_RESPONSE_INVALID'],
    ['gives a probability below 0', answering({ classification: classes(1, -0.1) }), 500, 'DH_RESPONSE_INVALID'],
    ['leaves out a class', answering({ classification: classes(0.05) }), 500, 'DH_RESPONSE_INVALID'],
    [
      'answers of another package',
      answering({ provenance: { packageSha256: 'c'.repeat(64) } }),
      500,
      'DH_RESPONSE_INVALID',
    ],
    ['answers without provenance', answering({ response: { provenance: null } }), 500, 'DH_RESPONSE_INVALID'],
    ['answers another request', answering({ response: { requestId: 'other' } }), 500, 'DH_RESPONSE_INVALID'],
  ])('that %s gives no card', async (_what, fault, status, code) => {
    predict = fault;
    const answer = await served.post(PATH, callBody('high-risk'));
    expect({ status: answer.status, text: answer.text }).toMatchObject({ status });
    expect(answer.json.issue[0].details.coding[0].code).toBe(code);
    expect(answer.headers.has('retry-after')).toBe(status === 503);
    expect(answer.text).not.toMatch(/cards|0\.95|\/srv|p-1/);
    const logged = JSON.parse(served.logged.at(-1) ?? '{}');
    expect(logged).toMatchObject({ status, code, service: 'heart-risk' });
    expect(served.logged.at(-1)).not.toMatch(/\/srv|p-1/);
  });

  it('is over once the runtime answers again', async () => {
    predict = failing('DH_CONNECT_FAILED');
    await served.post(PATH, callBody('high-risk'));
    predict = answering({});
    const { status, json } = await served.post(PATH, callBody('high-risk'));
    expect({ status, cards: json.cards?.length }).toEqual({ status: 200, cards: 1 });
  });

  it('is told to the service that retries: when the runtime says, the platform hears', async () => {
    predict = async () => {
      throw new DeepHealthError('DH_QUEUE_FULL', 'Full.', { retryAfterMs: 2_400 });
    };
    const { headers } = await served.post(PATH, callBody('high-risk'));
    expect(headers.get('retry-after')).toBe('3');
  });
});

describe('a model that abstains', () => {
  it('gives a card without a number', async () => {
    const warnings = [
      { kind: 'WARNING_KIND_ABSTAINED', field: 'heart_disease', message: 'Too near.' },
    ] as runtimeV1.Warning__Output[];
    predict = answering({ classification: { abstained: true, decision: [] }, response: { warnings } }, 0.41);
    const { status, json } = await served.post(PATH, callBody('high-risk'));
    expect(status).toBe(200);
    const [card] = json.cards;
    expect(card).toMatchObject({ indicator: 'info', extension: { 'eu.deephealth.finding': { isAbstained: true } } });
    expect(card.detail).toContain('Too near.');
    expect(JSON.stringify(card)).not.toMatch(/0\.41|41[.,]?\d* %|probability":/);
    expect(card.suggestions).toBeUndefined();
  });
});

describe('the policy of cards', () => {
  const cardFor = async (probability: number) => {
    predict = answering({}, probability);
    return (await served.post(PATH, callBody('high-risk'))).json.cards[0];
  };

  it.each([
    [0.2 - 1e-6, undefined],
    [0.2, 'info'],
    [0.4 - 1e-6, 'info'],
    [0.4, 'warning'],
    [0.9 - 1e-6, 'warning'],
    [0.9, 'critical'],
    [1, 'critical'],
    [0, undefined],
  ])('at %d is %s', async (probability, indicator) => {
    expect((await cardFor(probability))?.indicator).toBe(indicator);
  });

  it('never rounds to what is certain', async () => {
    expect((await cardFor(0.99999)).summary).toContain('>99.9 %');
    expect((await cardFor(1)).summary).toContain('100.0 %');
  });
});

describe('health', () => {
  const ready = (changes: object = {}) => ({
    getServerInfo: async () => ({ contractVersions: [{ major: 1, minor: 0 }], isReady: true }),
    listModels: async (): Promise<object[]> => [
      { name: 'heart-disease-risk', version: '1.0.0', state: 'MODEL_STATE_READY', packageSha256: digest, ...changes },
    ],
  });
  let digest = '';
  const readiness = async (more: object) => {
    const other = await serveAdapter({
      runtime: fakeRuntime(undefined, more as Partial<RuntimeClient>),
      packages: [folder],
    });
    const answer = await other.get('/health/ready');
    await other.stop();
    return answer;
  };

  beforeAll(async () => {
    digest = (await served.get('/cds-services')).json.services[0].extension['eu.deephealth.model'].packageSha256;
  });

  it('is live whatever the runtime does', async () => {
    expect((await served.get('/health/live')).status).toBe(200);
  });

  it('is ready with the very package that the services were made of', async () => {
    const { status, json } = await readiness(ready());
    expect({ status, isReady: json.isReady }).toEqual({ status: 200, isReady: true });
  });

  it.each<[string, () => object, RegExp]>([
    ['no runtime', () => ({}), /No server answered/],
    ['another package under the same name', () => ready({ packageSha256: 'd'.repeat(64) }), /another package/],
    ['a model that is quarantined', () => ready({ state: 'MODEL_STATE_QUARANTINED' }), /QUARANTINED/],
    ['no such model', () => ready({ version: '2.0.0' }), /does not have this model version/],
    [
      'a runtime that is not ready itself',
      () => ({
        ...ready(),
        getServerInfo: async () => ({ contractVersions: [{ major: 1, minor: 0 }], isReady: false }),
      }),
      /not ready yet/,
    ],
    [
      'another contract',
      () => ({ ...ready(), getServerInfo: async () => ({ contractVersions: [{ major: 9, minor: 0 }] }) }),
      /contract/,
    ],
  ])('is not ready with %s', async (_what, more, says) => {
    const { status, json } = await readiness(more());
    expect(status).toBe(503);
    expect(json.services[0]).toMatchObject({ isReady: false });
    expect(json.services[0].reason).toMatch(says);
  });
});
