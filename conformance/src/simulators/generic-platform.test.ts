import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { namedTensor } from '../tensors/named-tensor.js';
import { startGenericPlatform } from './generic-platform.js';
import type { GenericResult } from './generic-protocol.js';
import { type JsonServer, serveJson } from './http-json.js';
import type { PlatformEvent, PlatformSimulator } from './platform-simulator.js';

const event: PlatformEvent = {
  id: 'event 1',
  subject: 'somebody',
  requests: [{ id: 'only', model: 'conformance-relu', inputs: { x: namedTensor('noise1-2x6.fp32') } }],
};
const result: GenericResult = {
  event: event.id,
  state: 'failed',
  parts: [
    {
      request: 'only',
      requestId: 'one',
      findings: [],
      warnings: [],
      error: { reason: 'QUEUE_FULL', message: '', retryable: true },
    },
  ],
};

let platform: PlatformSimulator;
let adapter: JsonServer;
let heard: { path: string; authorization: string; body: string }[];

beforeEach(async () => {
  heard = [];
  platform = await startGenericPlatform();
  adapter = await serveJson(({ path, headers, body }) => {
    heard.push({ path, authorization: headers.authorization ?? '', body });
    return path === '/health/ready' ? { status: 503 } : { status: 202, body: {} };
  });
  platform.connect(adapter.url);
});
afterEach(async () => {
  await adapter.stop();
  await platform.stop();
});

/** Brings a result as an adapter does. */
async function bring(authorization: string, what: GenericResult = result): Promise<number> {
  const sent = { method: 'POST', headers: { authorization }, body: JSON.stringify(what) };
  return (await fetch(`${platform.url}/results`, sent)).status;
}

describe('the generic platform', () => {
  it('tells of an event without its inputs, and gives these to whoever has the token', async () => {
    expect(await platform.send(event)).toEqual({ isAccepted: true });
    const [{ path, authorization, body }] = heard as [(typeof heard)[0]];
    expect([path, JSON.parse(body).subject]).toEqual(['/events', 'somebody']);
    expect(body).not.toContain('FP32');
    expect(platform.credentials.every((credential) => authorization.includes(credential))).toBe(true);
    const inputs = `${platform.url}/events/event%201/inputs`;
    expect((await fetch(inputs)).status).toBe(401);
    const given = (await (await fetch(inputs, { headers: { authorization } })).json()) as never;
    expect(given).toMatchObject({ inputs: { only: { x: { dataType: 'FP32', shape: [2, 6] } } } });
  });

  it('keeps results of its events, counts all attempts, and wakes who waits', async () => {
    await platform.send(event);
    const authorization = heard[0]?.authorization ?? '';
    const waiting = platform.waitForResult(event.id, 5_000);
    expect(await bring('Bearer wrong')).toBe(401);
    expect(platform.results(event.id)).toEqual([]);
    expect(await bring(authorization)).toBe(201);
    expect(await waiting).toEqual(result);
    expect(await bring(authorization, { ...result, event: 'of somebody else' })).toBe(404);
    expect([platform.attempts(event.id), platform.results(event.id).length]).toEqual([2, 1]);
    expect(await platform.waitForResult('event 2', 20)).toBeUndefined();
  });

  it('misbehaves as it is told, and not longer', async () => {
    await platform.send(event);
    const authorization = heard[0]?.authorization ?? '';
    const refuse = platform.misbehave({ at: 'results', fault: 409 });
    expect(await bring(authorization)).toBe(409);
    refuse();
    const down = platform.misbehave({ at: 'results', fault: 'down' });
    await expect(bring(authorization)).rejects.toThrow();
    down();
    const release = platform.misbehave({ at: 'results', fault: 'hold' });
    const held = bring(authorization);
    await platform.waitForResult(event.id, 50);
    expect(platform.results(event.id)).toEqual([]);
    release();
    expect(await held).toBe(201);
    expect(platform.results(event.id)).toHaveLength(1);
  });

  it('says what an adapter says of itself, refusals included', async () => {
    expect(await platform.health()).toEqual({ isLive: true, isReady: false });
    await adapter.stop();
    adapter = await serveJson(() => ({ status: 503 }));
    platform.connect(adapter.url);
    const error = { reason: 'HTTP_503', message: '', retryable: true };
    expect(await platform.send(event)).toEqual({ isAccepted: false, error });
    expect(await platform.state(event.id)).toEqual({ state: 'unknown' });
  });
});
