import http2 from 'node:http2';
import { afterEach, describe, expect, it } from 'vitest';
import { openHttp2Windows } from '../src/server/http2-windows.js';
import { type ScriptedRuntime, startScriptedRuntime } from './scripted-runtime.js';

let runtime: ScriptedRuntime | undefined;
let session: http2.ClientHttp2Session | undefined;
afterEach(() => {
  session?.destroy();
  runtime?.stop();
  session = runtime = undefined;
});

/** Settings that a fresh gRPC server announces, and how much one may send it at once. */
async function announced(): Promise<{ settings: http2.Settings; connectionWindow: number }> {
  runtime?.stop();
  runtime = await startScriptedRuntime({});
  const connecting = http2.connect(`http://${runtime.address}`);
  session = connecting;
  const settings = await new Promise<http2.Settings>((resolve) => connecting.once('remoteSettings', resolve));
  // A PING is answered behind the window update that the server sent first.
  await new Promise((resolve) => connecting.ping(resolve));
  return { settings, connectionWindow: connecting.state.remoteWindowSize ?? 0 };
}

// A file of its own project: it changes `node:http2` for the whole process, which unit tests share.
describe('openHttp2Windows', () => {
  it('lets a large request reach a gRPC server without waiting for it', async () => {
    const before = await announced();
    expect([before.settings.initialWindowSize, before.connectionWindow]).toEqual([65_535, 65_535]);
    session?.destroy();
    openHttp2Windows();
    const after = await announced();
    expect(after.settings).toMatchObject({ initialWindowSize: 8 * 2 ** 20, maxFrameSize: 2 ** 20 });
    expect(after.connectionWindow).toBe(64 * 2 ** 20);
  });

  it('does so once, however often it is called', async () => {
    openHttp2Windows();
    const { createServer } = http2;
    openHttp2Windows();
    expect(http2.createServer).toBe(createServer);
    expect((await announced()).connectionWindow).toBe(64 * 2 ** 20);
  });
});
