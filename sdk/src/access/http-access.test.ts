import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { httpStatusOf } from '../errors/http-status.js';
import type { AccessGate, Credentials } from './access-gate.js';
import { unauthenticated } from './access-refusal.js';
import type { Caller } from './caller.js';
import { type HttpAsked, httpAccess, httpCallerOf } from './http-access.js';

const CALLER: Caller = {
  ...{ subject: 'dr-a', roles: ['clinician'], tenant: '', authentication: 'key' as const, models: ['heart-*'] },
};
let shown: Credentials | undefined;
const gate: AccessGate = {
  authenticate: async (credentials) => {
    shown = credentials;
    if (credentials.authorization[0] !== 'good') throw unauthenticated('key-unknown');
    return CALLER;
  },
  issueKey: () => '',
  withdrawKey: () => undefined,
  refresh: async () => undefined,
  close: async () => undefined,
};
const refusals: string[] = [];
const admit = httpAccess({ gate, onRefused: (_, route, caller) => refusals.push(`${route} ${caller?.subject}`) });
let asked: HttpAsked;
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request: IncomingMessage, response) => {
    admit(request, asked).then(
      () => response.end(httpCallerOf(request)?.subject ?? 'nobody'),
      (thrown) => {
        response.statusCode = httpStatusOf(DeepHealthError.from(thrown).code);
        response.end();
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

async function ask(authorization: string | undefined, what: Omit<HttpAsked, 'route'>): Promise<string> {
  asked = { route: 'GET /', ...what };
  const answer = await fetch(url, authorization === undefined ? {} : { headers: { authorization } });
  return answer.status === 200 ? answer.text() : String(answer.status);
}

describe('the gate before an HTTP server', () => {
  it.each<[string | undefined, Omit<HttpAsked, 'route'>, string]>([
    ['good', { access: 'predict' }, 'dr-a'],
    ['good', { access: 'predict', model: 'heart-risk' }, 'dr-a'],
    ['good', { access: 'predict', model: 'kidney' }, '403'],
    ['good', { access: 'models.control' }, '403'],
    ['good', { access: undefined }, '403'],
    [undefined, { access: 'predict' }, '401'],
    ['bad', { access: 'predict' }, '401'],
    [undefined, { access: 'open' }, 'nobody'],
  ])('%s asks for %j: %s', async (authorization, what, expected) => {
    refusals.length = 0;
    expect(await ask(authorization, what)).toBe(expected);
    expect(refusals).toEqual(/^4/.test(expected) ? [`GET / ${expected === '403' ? 'dr-a' : undefined}`] : []);
  });

  it('shows the gate no certificate of a connection without TLS', async () => {
    await ask('good', { access: 'predict' });
    expect(shown?.certificate?.()).toBeUndefined();
  });
});
