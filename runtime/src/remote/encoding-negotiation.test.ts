import { DeepHealthError, type RawTensor, tensorFromValues } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { EncodingNegotiation } from './encoding-negotiation.js';
import type { InferReply } from './infer-reply.js';
import type { TensorEncoding } from './infer-request.js';

const FP32 = { x: tensorFromValues('FP32', [1], [1]) };
const FP16 = { x: tensorFromValues('FP16', [1], [1]) };
const refusal = new DeepHealthError('DH_REMOTE_FAILED', 'No.');

const reply = (encoding: TensorEncoding, version: string): InferReply => ({ encoding, version, tensors: new Map() });

/** A server by what it does with each encoding; the version of a reply tells what it was given. */
function against(server: Record<TensorEncoding, TensorEncoding | DeepHealthError>, extensions: string[] = []) {
  const negotiation = new EncodingNegotiation(extensions);
  const sent: TensorEncoding[] = [];
  const infer = (inputs: Readonly<Record<string, RawTensor>>) =>
    negotiation.infer(inputs, async (encoding) => {
      sent.push(encoding);
      const answer = server[encoding];
      if (answer instanceof DeepHealthError) throw answer;
      return reply(answer, encoding);
    });
  return { negotiation, sent, infer };
}

describe('the encoding for a server', () => {
  it('is raw at once where the server says that it knows raw contents, whatever it answers in', async () => {
    const { sent, infer } = against({ raw: 'typed', typed: 'typed' }, ['statistics', 'binary_tensor_data']);
    await infer(FP32);
    await infer(FP32);
    expect(sent).toEqual(['raw', 'raw']);
  });

  it('is raw where a raw request is answered with raw contents', async () => {
    const { sent, infer, negotiation } = against({ raw: 'raw', typed: refusal });
    await infer(FP32);
    await infer(FP32);
    expect(sent).toEqual(['raw', 'raw']);
    expect(negotiation.settled).toBe('raw');
  });

  it.each(['DH_REMOTE_FAILED', 'DH_REMOTE_MISMATCH'] as const)(
    'is typed after a %s of the raw request',
    async (code) => {
      const { sent, infer } = against({ raw: new DeepHealthError(code, 'No.'), typed: 'typed' });
      expect((await infer(FP32)).version).toBe('typed');
      expect((await infer(FP32)).version).toBe('typed');
      expect(sent).toEqual(['raw', 'typed', 'typed']);
    },
  );

  it('is typed where the raw request is answered with typed contents: it may have been computed from nothing', async () => {
    const { sent, infer } = against({ raw: 'typed', typed: 'typed' });
    expect((await infer(FP32)).version).toBe('typed');
    expect((await infer(FP32)).version).toBe('typed');
    expect(sent).toEqual(['raw', 'typed', 'typed']);
  });

  it('is raw where the server answers in typed contents and takes none', async () => {
    const { sent, infer } = against({ raw: 'typed', typed: refusal });
    expect((await infer(FP32)).version).toBe('raw');
    expect((await infer(FP32)).version).toBe('raw');
    expect(sent).toEqual(['raw', 'typed', 'raw']);
  });

  it('stays open after a request that is refused in both, and the first refusal is told', async () => {
    const first = new DeepHealthError('DH_REMOTE_FAILED', 'The first.');
    const { sent, infer, negotiation } = against({ raw: first, typed: refusal });
    await expect(infer(FP32)).rejects.toBe(first);
    expect(negotiation.settled).toBeUndefined();
    expect(sent).toEqual(['raw', 'typed']);
  });

  it('is not guessed from a server that does not answer', async () => {
    const down = new DeepHealthError('DH_REMOTE_UNAVAILABLE', 'Down.');
    const { sent, infer, negotiation } = against({ raw: down, typed: 'typed' });
    await expect(infer(FP32)).rejects.toBe(down);
    expect(sent).toEqual(['raw']);
    expect(negotiation.settled).toBeUndefined();
  });

  it('is raw for 16-bit floats, which have no typed form, and that settles nothing', async () => {
    const { sent, infer, negotiation } = against({ raw: 'typed', typed: 'typed' });
    await infer(FP16);
    expect(sent).toEqual(['raw']);
    expect(negotiation.settled).toBeUndefined();
    await infer(FP32);
    await infer(FP16);
    expect(sent).toEqual(['raw', 'raw', 'typed', 'raw']);
  });
});
