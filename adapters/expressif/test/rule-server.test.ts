import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import {
  createExpressifAdapter,
  parseFll,
  type RuleServerOptions,
  startRuleServer,
} from '@deephealth/adapter-expressif';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fakeRuntime, type ModelAnswer } from './fake-runtime.js';
import { BINDING, rulePackage, TRIAGE } from './rule-package.js';
import { temporaryFolder } from './temporary-folder.js';

const store = temporaryFolder();
const { folder: triage } = rulePackage(store);
const KEY = 'a key of the operator, 1234';
const START = Date.parse('2026-03-01T12:00:00Z');
const iso = (ms: number) => new Date(ms).toISOString();
const VALUES = {
  age: { value: 70, unit: 'a' },
  sex: 'male',
  lactate: { value: 2.5, unit: 'mmol/L', at: iso(START - 60_000) },
};

async function served(options: Partial<RuleServerOptions> = {}, answer?: () => ModelAnswer) {
  const clock = { now: START };
  const runtime = fakeRuntime(answer);
  const adapter = await createExpressifAdapter({
    runtime: runtime.client,
    packages: [triage],
    now: () => clock.now,
    maxBodyBytes: 100_000,
  });
  const server = await startRuleServer({ decisions: adapter.decisions, ...options });
  onTestFinished(async () => {
    await server.close();
    await adapter.close();
  });
  const base = `${server.url}/v1/rule-bases`;
  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    fetch(`${base}/${path}`, {
      method,
      headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  const json = async (method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
    const response = await send(method, path, body, headers);
    return { status: response.status, body: await response.json() };
  };
  return { adapter, server, base, clock, send, json, get: (path: string) => json('GET', path) };
}

describe('startRuleServer', () => {
  it('lists rule bases, with variables, units, and the rules in every format', async () => {
    const { get, send } = await served();
    expect((await get('')).body.ruleBases).toMatchObject([{ id: TRIAGE, version: 1, rules: 2, outputs: ['urgency'] }]);
    const { body } = await get(TRIAGE);
    expect(body.inputs).toContainEqual(
      expect.objectContaining({ name: 'lactate', unit: 'mmol/L', range: [0, 20], terms: ['raised'] }),
    );
    expect(body.blocks[0].rules[0]).toMatchObject({
      id: '1.1',
      text: 'if lactate is raised and risk is high then urgency is high',
    });
    const texts = await Promise.all(
      ['fll', 'fcl', 'fml'].map(async (format) => (await send('GET', `${TRIAGE}/rules?format=${format}`)).text()),
    );
    expect(parseFll(texts[0] as string).ruleBlocks[0]?.rules).toHaveLength(2);
    expect(texts[1]).toContain('FUNCTION_BLOCK');
    expect(texts[2]).toContain('http://www.ieee1855.org');
    expect((await get(`${TRIAGE}/rules?format=pdf`)).status).toBe(400);
    expect((await get(`${TRIAGE}/lint`)).body.findings).toEqual(expect.any(Array));
  });

  it('answers a question as the contract face does', async () => {
    const { adapter, json } = await served();
    const question = { values: VALUES, requestId: 'same' };
    const { status, body } = await json('POST', `${TRIAGE}/decisions`, question);
    const { output } = await adapter.platformFace.run({
      ...{ bindingId: TRIAGE, input: Buffer.from(JSON.stringify(question)), mediaType: 'application/json' },
      ...{ caller: { header: () => undefined, address: '' }, deadlineMs: Number.POSITIVE_INFINITY },
      signal: new AbortController().signal,
    });
    expect(status).toBe(200);
    expect(body).toEqual(JSON.parse(Buffer.from(output).toString()));
  });

  it('tries rules out on plain numbers, without the model', async () => {
    const { json } = await served({}, () => {
      throw new Error('the model was asked');
    });
    const { body } = await json('POST', `${TRIAGE}/evaluations`, {
      values: { age: 50, lactate: 2.5, risk: 50, rhythm: { degrees: { ectopic: 0.4 } } },
    });
    expect(body.rules).toEqual([
      { id: '1.1', degree: 0.5, fired: true },
      { id: '1.2', degree: 0.2, fired: true },
    ]);
    const { body: less } = await json('POST', `${TRIAGE}/evaluations`, { values: { age: null } });
    expect(less.outputs.urgency).toMatchObject({ status: 'indeterminate', reason: 'missing' });
  });

  it.each([
    ['a body that is no JSON', 'POST', `${TRIAGE}/decisions`, '{', {}, 400, 'DH_REQUEST_MALFORMED'],
    [
      'another media type',
      'POST',
      `${TRIAGE}/decisions`,
      '{}',
      { 'content-type': 'text/plain' },
      415,
      'DH_MEDIA_TYPE_UNSUPPORTED',
    ],
    ['a body that is too large', 'POST', `${TRIAGE}/decisions`, ' '.repeat(100_001), {}, 413, 'DH_MESSAGE_TOO_LARGE'],
    ['a rule base that is not there', 'POST', 'a/b/c/decisions', '{}', {}, 404, 'DH_BINDING_NOT_FOUND'],
    ['an address that is not there', 'GET', `${TRIAGE}/nothing`, undefined, {}, 404, 'DH_FEATURE_UNSUPPORTED'],
    ['a path out of the folder', 'GET', '..%2f..%2fetc/passwd/x', undefined, {}, 404, 'DH_BINDING_NOT_FOUND'],
    [
      'a page of another origin',
      'POST',
      `${TRIAGE}/decisions`,
      '{}',
      { origin: 'https://evil.example' },
      403,
      'DH_REQUEST_MALFORMED',
    ],
    [
      'a deadline that is none',
      'POST',
      `${TRIAGE}/decisions`,
      '{"values": {}}',
      { 'x-deadline-ms': 'soon' },
      400,
      'DH_REQUEST_MALFORMED',
    ],
  ])('refuses %s', async (_, method, path, body, headers, status, code) => {
    const { json } = await served();
    const answer = await json(method, path, body, headers);
    expect(answer).toMatchObject({ status, body: { error: { code } } });
  });

  it('shows the rules of now as a page that asks this server alone, and answers what people try', async () => {
    const { send, json, adapter } = await served();
    const page = await send('GET', `${TRIAGE}/page?language=fr`);
    const html = await page.text();
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'.*connect-src 'self'.*frame-ancestors/,
    );
    expect(html.includes('<html lang="fr">')).toBe(true);
    expect(html.includes('page/answer?language=fr')).toBe(true);
    const { body } = await json('POST', `${TRIAGE}/page/answer`, { values: { age: 50, lactate: 2.5, risk: 50 } });
    expect(Object.keys(body.parts)).toContain('part-results');
    expect((await json('POST', `${TRIAGE}/page/answer`, { values: { x: 1 } })).body.error.code).toBe(
      'DH_INPUT_UNKNOWN',
    );
    adapter.decisions.service(TRIAGE).rules.edit([{ kind: 'remove', id: '1.2' }]);
    const later = await (await send('GET', `${TRIAGE}/page`)).text();
    expect([later.includes('rhythm is ectopic'), html.includes('rhythm is ectopic')]).toEqual([false, true]);
  });

  it('is not to be found by a name that was bent to its address', async () => {
    const { server } = await served();
    const status = await new Promise((resolve) => {
      const asked = httpRequest(
        `${server.url}/v1/rule-bases`,
        { headers: { host: `evil.example:${server.port}` } },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        },
      );
      asked.end();
    });
    expect(status).toBe(403);
  });

  it('leaves loopback only where it is told to', async () => {
    await expect(served({ host: '0.0.0.0' })).rejects.toMatchObject({ code: 'DH_INSECURE_BIND_REFUSED' });
    const { server } = await served();
    await expect(served({ port: server.port })).rejects.toMatchObject({ code: 'DH_PORT_IN_USE' });
  });
});

describe('edits', () => {
  const change = { kind: 'set-weight', id: '1.2', weight: 1 };
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

  it('are nobody’s where no key is set, and need the key where one is', async () => {
    const closed = await served();
    const refused = await closed.json('POST', `${TRIAGE}/edits`, { changes: [change] }, bearer('x'.repeat(30)));
    expect(refused).toMatchObject({ status: 403, body: { error: { code: 'DH_RULES_EDIT_REFUSED' } } });
    const open = await served({ editKey: 'x'.repeat(30) });
    for (const headers of [{}, bearer('y'.repeat(30)), { authorization: `Basic ${'x'.repeat(30)}` }]) {
      const answer = await open.json(
        'POST',
        `${TRIAGE}/edits`,
        { changes: [change] },
        headers as Record<string, string>,
      );
      expect(answer).toMatchObject({ status: 401, body: { error: { code: 'DH_CALLER_UNAUTHENTICATED' } } });
    }
    await expect(served({ editKey: 'short' })).rejects.toMatchObject({ code: 'DH_CONFIG_INVALID' });
  });

  it('are for all questions that come after them, and none is made by half', async () => {
    const { json, get } = await served({ editKey: KEY.replaceAll(' ', '-') });
    const key = bearer(KEY.replaceAll(' ', '-'));
    const edit = (body: object) => json('POST', `${TRIAGE}/edits`, body, key);
    const degrees = async () =>
      (await json('POST', `${TRIAGE}/decisions`, { values: VALUES })).body.rules.map(
        (one: { degree: number }) => one.degree,
      );
    const before = await degrees();
    expect(await edit({ changes: [change], ifVersion: 1, author: 'anna', reason: 'audit' })).toMatchObject({
      status: 200,
      body: { version: 2 },
    });
    const after = await degrees();
    expect(after).toEqual([before[0], before[1] * 2]);
    const refusals = [
      [{ changes: [change], ifVersion: 1 }, 409, 'DH_RULES_VERSION_CONFLICT'],
      [
        {
          changes: [
            { kind: 'remove', id: '1.1' },
            { kind: 'remove', id: 'none' },
          ],
        },
        400,
        'DH_RULES_INCONSISTENT',
      ],
      [{ changes: [{ kind: 'add', block: 'main', rule: { text: 'if lactate is then' } }] }, 400, 'DH_RULES_MALFORMED'],
      [{ changes: [{ kind: 'explode' }] }, 400, 'DH_REQUEST_MALFORMED'],
      [{ changes: [] }, 400, 'DH_REQUEST_MALFORMED'],
    ] as const;
    for (const [body, status, code] of refusals)
      expect(await edit(body)).toMatchObject({ status, body: { error: { code } } });
    expect(await degrees()).toEqual(after);
    const { body } = await get(`${TRIAGE}/history`);
    expect(body.versions).toMatchObject([{ version: 2, author: 'anna', reason: 'audit' }, { version: 1 }]);
  });
});

describe('streams', () => {
  async function* eventsOf(url: string, headers: Record<string, string> = {}) {
    const gone = new AbortController();
    onTestFinished(() => gone.abort());
    const response = await fetch(url, { headers, signal: gone.signal });
    const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      text += value;
      const parts = text.split('\n\n');
      text = parts.pop() as string;
      for (const part of parts) {
        const data = /^data: (.*)$/m.exec(part)?.[1];
        if (data !== undefined) yield JSON.parse(data);
      }
    }
  }

  it('keep a rule base evaluated, tell what changed, and forget what is too old', async () => {
    const { json, base, clock } = await served({}, () => ({ present: 0.5 }));
    const { status, body } = await json('POST', `${TRIAGE}/streams`);
    expect(status).toBe(201);
    const stream = `${TRIAGE}/streams/${body.stream}`;
    const events = eventsOf(`${base}/${stream}/events`);
    expect((await events.next()).value).toMatchObject({
      sequence: 0,
      cause: 'state',
      outputs: { urgency: { status: 'indeterminate' } },
    });
    const taken = await json('POST', `${stream}/inputs?model=ask`, { values: VALUES });
    expect(taken.body).toEqual({
      admissions: { age: 'queued', lactate: 'queued', risk: 'queued', rhythm: 'queued' },
      sequence: 1,
    });
    expect((await events.next()).value).toMatchObject({
      ...{ sequence: 1, cause: 'inputs', outputs: { urgency: { status: 'determinate', degrees: { high: 0.5 } } } },
      rules: [
        { id: '1.1', degree: 0.5, fired: true },
        { id: '1.2', fired: true },
      ],
    });
    // The same again changes nothing, so nobody is told.
    expect((await json('POST', `${stream}/inputs`, { values: VALUES })).body).toMatchObject({
      admissions: { lactate: 'duplicate' },
      sequence: 1,
    });
    clock.now = START + 3_540_000;
    expect((await json('GET', stream)).body).toMatchObject({
      outputs: { urgency: { status: 'indeterminate', reason: 'expired', variable: 'lactate' } },
      statistics: { expired: 1 },
    });
    expect((await events.next()).value).toMatchObject({
      sequence: 2,
      cause: 'expiry',
      at: iso(START + 3_540_000),
      inputs: ['lactate'],
    });
    // Whoever was away goes on from where it was.
    const again = eventsOf(`${base}/${stream}/events`, { 'last-event-id': '1' });
    expect((await again.next()).value).toMatchObject({ sequence: 2 });
    const unknown = eventsOf(`${base}/${stream}/events`, { 'last-event-id': '77' });
    expect((await unknown.next()).value).toMatchObject({ sequence: 2, cause: 'state' });
    expect((await fetch(`${base}/${stream}`, { method: 'DELETE' })).status).toBe(204);
    expect((await json('GET', stream)).status).toBe(404);
  });

  it('refuse what they cannot take, and take none of it', async () => {
    const { json } = await served();
    const stream = `${TRIAGE}/streams/${(await json('POST', `${TRIAGE}/streams`)).body.stream}`;
    const refusals = [
      [`${stream}/inputs`, { values: { ...VALUES, risk: 0.5 } }, 400, 'DH_REQUEST_MALFORMED'],
      [
        `${stream}/inputs`,
        { values: { ...VALUES, lactate: { value: 2, unit: 'mmol/L', at: iso(START + 60_000) } } },
        400,
        'DH_RULES_INPUT_REFUSED',
      ],
      [`${stream}/inputs?model=maybe`, { values: VALUES }, 400, 'DH_REQUEST_MALFORMED'],
      [`${TRIAGE}/streams/guessed/inputs`, { values: VALUES }, 404, 'DH_BINDING_NOT_FOUND'],
    ] as const;
    for (const [path, body, status, code] of refusals) {
      expect(await json('POST', path, body)).toMatchObject({ status, body: { error: { code } } });
    }
    expect((await json('GET', stream)).body.statistics).toMatchObject({ accepted: 0 });
  });

  it('are of one rule base, and not to be found through another', async () => {
    const [one] = BINDING.ruleBases;
    const { folder } = rulePackage(join(store, 'two'), {
      binding: { ...BINDING, ruleBases: [one, { ...one, label: 'again' }] },
    });
    const adapter = await createExpressifAdapter({ runtime: fakeRuntime().client, packages: [folder] });
    const server = await startRuleServer({ decisions: adapter.decisions });
    onTestFinished(async () => {
      await server.close();
      await adapter.close();
    });
    const base = `${server.url}/v1/rule-bases`;
    const { stream } = await (await fetch(`${base}/${TRIAGE}/streams`, { method: 'POST' })).json();
    const statuses = [TRIAGE, TRIAGE.replace('/triage', '/again')].map(
      async (id) => (await fetch(`${base}/${id}/streams/${stream}`)).status,
    );
    expect(await Promise.all(statuses)).toEqual([200, 404]);
  });

  it('follow edits of the rules', async () => {
    const { adapter, json } = await served();
    const stream = `${TRIAGE}/streams/${(await json('POST', `${TRIAGE}/streams`)).body.stream}`;
    await json('POST', `${stream}/inputs?model=ask`, { values: VALUES });
    const edited = adapter.decisions.service(TRIAGE).rules.edit([{ kind: 'remove', id: '1.1' }]);
    const { body } = await json('GET', stream);
    expect(body).toMatchObject({ sequence: 2, ruleBase: { version: 2, digest: edited.digest } });
    expect(body.outputs.urgency.degrees).not.toHaveProperty('high');
  });

  it('are closed once nobody has used them for half an hour', async () => {
    const { json, clock } = await served();
    const stream = `${TRIAGE}/streams/${(await json('POST', `${TRIAGE}/streams`)).body.stream}`;
    clock.now += 30 * 60_000 - 1;
    expect((await json('GET', stream)).status).toBe(200);
    clock.now += 30 * 60_000;
    await json('POST', `${TRIAGE}/streams`);
    expect((await json('GET', stream)).status).toBe(404);
  });
});
