import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { frame, RawGrpc } from './raw-grpc.js';

let stop: () => void = () => undefined;
afterEach(() => stop());

async function server(answer: (stream: ServerHttp2Stream) => void): Promise<RawGrpc> {
  const listening = createServer();
  listening.on('stream', (stream) => {
    stream.on('error', () => undefined);
    answer(stream);
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const raw = await RawGrpc.connect({ address: `127.0.0.1:${(listening.address() as AddressInfo).port}` }, 5000);
  stop = () => {
    raw.close();
    listening.close();
  };
  return raw;
}

describe('RawGrpc', () => {
  it('gives messages however they are cut, and the status of the trailers', async () => {
    const raw = await server((stream) => {
      stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '5', 'grpc-message': 'not here' }));
      const both = Buffer.concat([frame(Buffer.from('one')), frame(Buffer.from('two'))]);
      stream.write(both.subarray(0, 6));
      stream.end(both.subarray(6));
    });
    const answer = await raw.send('/x', frame(Buffer.alloc(0))).answer(5000);
    expect(answer).toMatchObject({ httpStatus: 200, status: 'NOT_FOUND', message: 'not here', resetCode: 0 });
    expect(answer.messages.map(String)).toEqual(['one', 'two']);
  });

  it('reads a status from headers alone, and is answered before it has said all', async () => {
    const raw = await server((stream) => stream.respond({ 'grpc-status': '12' }, { endStream: true }));
    const call = raw.open('/x');
    call.write(Buffer.from([0]));
    expect(await call.answer(5000)).toMatchObject({ status: 'UNIMPLEMENTED', messages: [] });
  });

  it('tells a reset from an answer', async () => {
    const raw = await server((stream) => stream.close(11));
    expect(await raw.send('/x', Buffer.alloc(0)).answer(5000)).toMatchObject({ status: undefined, resetCode: 11 });
  });

  it('says of a server that does not answer that it does not', async () => {
    const raw = await server(() => undefined);
    await expect(raw.send('/x', Buffer.alloc(0)).answer(50)).rejects.toThrow(/not answered within 50 ms/);
    await expect(raw.open('/x').messages(1, 50)).rejects.toThrow(/0 of 1 messages came within 50 ms/);
  });
});
