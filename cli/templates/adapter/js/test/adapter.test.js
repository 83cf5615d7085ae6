import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startAdapter } from '../src/adapter.js';
import { configOf } from '../src/config.js';

describe('the adapter without a runtime behind it', () => {
  let served;
  before(async () => {
    // Nobody listens there: port 9 is for discarding.
    served = await startAdapter(configOf(['--runtime', '127.0.0.1:9', '--platform', 'http://127.0.0.1:9'], {}));
  });
  after(() => served.stop(0));
  const ask = (path, init) => fetch(`${served.http.url}${path}`, init);
  const headers = { authorization: 'Bearer token-of-the-platform', 'content-type': 'application/json' };
  const post = (body) => ask('/events', { method: 'POST', headers, body });
  it('lives, and is not ready', async () => {
    assert.deepEqual([(await ask('/health/live')).status, (await ask('/health/ready')).status], [200, 503]);
  });
  it('says in two lines where it listens', () => {
    const [platform, contract] = served.handshake.split('\n');
    assert.match(platform ?? '', /^DH-ADAPTER\|1\|http:\/\/127\.0\.0\.1:\d+\|.+\|\d+\.\d+\.\d+$/);
    assert.match(contract ?? '', /^DH\|1\|1\|tcp\|127\.0\.0\.1:\d+$/);
  });
  it('asks for a token', async () => {
    assert.equal((await ask('/events/1')).status, 401);
  });
  it('refuses what is no event, by name', async () => {
    const answer = await post('{"id": "e", "requests": []}');
    assert.equal(answer.status, 400);
    assert.equal((await answer.json()).error.reason, 'REQUEST_MALFORMED');
  });
  it('keeps the events of one platform from another', async () => {
    assert.equal((await post('{"id": "mine", "requests": [{"id": "a", "model": "m"}]}')).status, 202);
    const state = async (token) =>
      (await (await ask('/events/mine', { headers: { authorization: `Bearer ${token}` } })).json()).state;
    assert.equal(await state('another-token'), 'unknown');
    assert.notEqual(await state('token-of-the-platform'), 'unknown');
  });
});
