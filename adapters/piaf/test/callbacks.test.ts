import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChainServer } from '@deephealth/adapter-piaf';
import { createRunServiceDouble, describeServedChain, servedChain } from '@deephealth/adapter-piaf/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PROCESS, servedFaces } from './served-faces.js';

const EXECUTION = `/ogc/processes/${PROCESS}/execution`;
const STUDY = { value: Buffer.from('png').toString('base64'), mediaType: 'image/png' };
const FILES = { 'scores.csv': { mediaType: 'text/csv', content: 'item\n' } };

interface Call {
  readonly path: string;
  // biome-ignore lint/suspicious/noExplicitAny: documents of any shape are looked at
  readonly body: any;
}

/** Takes callbacks, and answers each as the test says. */
async function subscriber(statuses: number[] = []) {
  const calls: Call[] = [];
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.once('end', () => {
      calls.push({ path: request.url ?? '', body: JSON.parse(text) });
      const status = statuses.shift() ?? 200;
      response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
      for (const one of waiting) if (calls.length >= one.count) one.resolve();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const called = (count: number) =>
    calls.length >= count ? undefined : new Promise<void>((resolve) => waiting.push({ count, resolve }));
  return { calls, called, port, host: `127.0.0.1:${port}`, url: (path: string) => `http://127.0.0.1:${port}${path}` };
}

function stateFolder(): string {
  const made = mkdtempSync(join(tmpdir(), 'callbacks-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

type Subscriber = Awaited<ReturnType<typeof subscriber>>;
const asking = ({ url }: Subscriber) => ({
  inputs: { studies: [STUDY] },
  subscriber: { successUri: url('/success'), inProgressUri: url('/progress'), failedUri: url('/failed') },
});

describe('callbacks', () => {
  it('tell progress as it comes, and the results at the end, once', async () => {
    const peer = await subscriber();
    const { json, double, server } = await servedFaces({ callbackHosts: [peer.host] });
    const { jobID } = (await json('POST', EXECUTION, asking(peer))).body;
    expect(double.submitted[0]?.callbacks).toEqual({
      ...{ success: peer.url('/success'), inProgress: peer.url('/progress'), failed: peer.url('/failed') },
    });
    for (const progress of [0, 50, 50]) {
      double.change(jobID, { state: 'RUNNING', progress });
      await server.callbacksIdle();
    }
    double.complete(jobID, FILES);
    await server.callbacksIdle();
    double.change(jobID, { endedAt: new Date().toISOString() });
    await server.callbacksIdle();
    expect(peer.calls.map(({ path }) => path)).toEqual(['/progress', '/progress', '/success']);
    expect(peer.calls[1]?.body).toMatchObject({ jobID, status: 'running', progress: 50 });
    expect(peer.calls[2]?.body).toEqual((await json('GET', `/ogc/jobs/${jobID}/results`)).body);
  });

  it('tell a failure and a dismissal', async () => {
    const peer = await subscriber();
    const { json, double, server } = await servedFaces({ callbackHosts: [peer.host] });
    for (const state of ['EXECUTOR_ERROR', 'CANCELED'] as const) {
      const { jobID } = (await json('POST', EXECUTION, asking(peer))).body;
      double.change(jobID, { state: 'CANCELING' });
      double.change(jobID, { state, failure: { code: 'DH_CHUNK_FAILED', message: 'A task failed.' } });
      await server.callbacksIdle();
    }
    expect(peer.calls.map(({ path, body }) => [path, body.status])).toEqual([
      ['/failed', 'failed'],
      ['/failed', 'dismissed'],
    ]);
  });

  it('are tried again when the subscriber is not well, and given up in the end', async () => {
    const peer = await subscriber([503, 429, 200]);
    const { json, double, server, errors } = await servedFaces({
      callbackHosts: [peer.host],
      retryDelaysMs: [1, 1, 1],
    });
    const begun = async () => (await json('POST', EXECUTION, asking(peer))).body.jobID;
    double.complete(await begun(), FILES);
    await server.callbacksIdle();
    expect(peer.calls).toHaveLength(3);
    expect(errors).toEqual([]);
    const always = await subscriber([500, 500, 500, 500, 500, 500]);
    const other = await servedFaces({ callbackHosts: [always.host], retryDelaysMs: [1, 1, 1] });
    const { jobID } = (await other.json('POST', EXECUTION, asking(always))).body;
    other.double.complete(jobID, FILES);
    await other.server.callbacksIdle();
    expect(always.calls).toHaveLength(4);
    expect(other.errors).toMatchObject([{ code: 'DH_PLATFORM_UNREACHABLE' }]);
  });

  it('follow no redirect, and do not insist where the answer stays the same', async () => {
    const peer = await subscriber([302, 404]);
    const { json, double, server, errors } = await servedFaces({ callbackHosts: [peer.host], retryDelaysMs: [1, 1] });
    for (const count of [1, 2]) {
      double.complete((await json('POST', EXECUTION, asking(peer))).body.jobID, FILES);
      await server.callbacksIdle();
      expect(peer.calls).toHaveLength(count);
    }
    expect(peer.calls.map(({ path }) => path)).toEqual(['/success', '/success']);
    // Neither is an answer of somebody who has taken the news.
    expect(errors).toMatchObject([{ code: 'DH_PLATFORM_UNREACHABLE' }, { code: 'DH_PLATFORM_UNREACHABLE' }]);
  });

  it('skip progress that is old news', async () => {
    const peer = await subscriber([500]);
    const { json, double, server } = await servedFaces({ callbackHosts: [peer.host], retryDelaysMs: [60_000] });
    const { jobID } = (await json('POST', EXECUTION, asking(peer))).body;
    double.change(jobID, { state: 'RUNNING', progress: 1 });
    for (const progress of [2, 3, 4]) double.change(jobID, { progress });
    await peer.called(2);
    await server.callbacksIdle();
    expect(peer.calls.map(({ body }) => body.progress)).toEqual([1, 4]);
  });

  it('go on after a restart, and are not repeated', async () => {
    const peer = await subscriber([500]);
    const folder = stateFolder();
    const options = { callbackHosts: [peer.host], callbackFolder: folder };
    const first = await servedFaces({ ...options, retryDelaysMs: [600_000] });
    const { jobID } = (await first.json('POST', EXECUTION, asking(peer))).body;
    first.double.complete(jobID, FILES);
    await peer.called(1);
    await first.server.close();
    expect(first.errors).toEqual([]);
    for (const _ of ['second start', 'third start']) {
      const { server } = await servedFaces(options, { runs: first.double.runs });
      await server.callbacksIdle();
      await server.close();
    }
    expect(peer.calls.map(({ path }) => path)).toEqual(['/success', '/success']);
  });

  it('reach no address inside by a name that leads there', async () => {
    const peer = await subscriber();
    const names: string[] = [];
    const resolveName = async (name: string) => {
      names.push(name);
      return [
        { address: '93.184.216.34', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ];
    };
    const { json, double, server, errors } = await servedFaces({
      ...{ callbackHosts: [`hooks.example.org:${peer.port}`], resolveName, retryDelaysMs: [1] },
    });
    const successUri = `https://hooks.example.org:${peer.port}/success`;
    const { jobID } = (await json('POST', EXECUTION, { inputs: { studies: [STUDY] }, subscriber: { successUri } }))
      .body;
    double.complete(jobID, FILES);
    await server.callbacksIdle();
    expect(names).toEqual(['hooks.example.org']);
    expect(errors).toMatchObject([{ code: 'DH_CALLBACK_REFUSED' }]);
    expect(peer.calls).toEqual([]);
  });

  it('go nowhere that was taken off the list since', async () => {
    const peer = await subscriber();
    const first = await servedFaces({ callbackHosts: [peer.host] });
    const { jobID } = (await first.json('POST', EXECUTION, asking(peer))).body;
    await first.server.close();
    first.double.complete(jobID, FILES);
    const errors: unknown[] = [];
    const double = createRunServiceDouble({ chains: [servedChain()], runs: first.double.runs });
    const server = await startChainServer({
      ...{ service: double, describeChain: describeServedChain, onError: (thrown: unknown) => errors.push(thrown) },
    });
    onTestFinished(() => server.close());
    await server.callbacksIdle();
    expect(errors).toMatchObject([{ code: 'DH_CALLBACK_REFUSED' }]);
    expect(peer.calls).toEqual([]);
  });
});
