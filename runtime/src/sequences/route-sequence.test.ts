import { type Manifest, tensorFromValues } from '@deephealth/sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { routeSequence, type SequencedVersion } from './route-sequence.js';
import { SequenceTable } from './sequence-table.js';

const manifest = {
  tensors: { inputs: [{ name: 'h', dataType: 'FP32', shape: [1] }], outputs: [] },
  sequence: { state: [{ input: 'h', output: 'h_out' }] },
} as unknown as Manifest;

interface Version extends SequencedVersion {
  readonly sequences: SequenceTable;
}

const version = (name: string): Version => ({
  name: 'monitor',
  version: name,
  sequences: new SequenceTable({ manifest, idleTimeoutMs: 100 }),
});
const context = (id: string, flags: { isStart?: boolean; isEnd?: boolean } = {}) => ({
  id,
  isStart: flags.isStart ?? false,
  isEnd: flags.isEnd ?? false,
});
const send = (to: Version, id: string, flags: { isStart?: boolean; isEnd?: boolean } = {}) =>
  to.sequences.run(context(id, flags), new AbortController().signal, Number.POSITIVE_INFINITY, async () => ({
    state: { h: tensorFromValues('FP32', [1], [1]) },
    result: 'done',
  }));

let one: Version;
let two: Version;
/** As a store lists them: newest first. */
let versions: Version[];

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  one = version('1');
  two = version('2');
  versions = [two, one];
});
afterEach(() => vi.useRealTimers());

describe('routeSequence', () => {
  it('keeps a sequence on the version where it began, though a newer one is there', async () => {
    await send(one, 'a', { isStart: true });
    expect(routeSequence(versions, '', context('a'))).toBe(one);
    expect(routeSequence(versions, '1', context('a'))).toBe(one);
    expect(routeSequence(versions, '', context('a', { isEnd: true }))).toBe(one);
  });

  it('leaves the choice free for a new sequence and for an id that nobody knows', async () => {
    await send(one, 'a', { isStart: true });
    expect(routeSequence(versions, '', context('b', { isStart: true }))).toBeUndefined();
    expect(routeSequence(versions, '2', context('b', { isStart: true }))).toBeUndefined();
    expect(routeSequence(versions, '', context('b'))).toBeUndefined();
    expect(routeSequence(versions, '', context(''))).toBeUndefined();
    expect(routeSequence([], '', context('a'))).toBeUndefined();
  });

  it('looks past versions that keep no state', async () => {
    await send(one, 'a', { isStart: true });
    const stateless = { name: 'monitor', version: '3', sequences: undefined };
    expect(routeSequence<SequencedVersion>([stateless, one], '', context('a'))).toBe(one);
    expect(routeSequence<SequencedVersion>([stateless], '', context('a'))).toBeUndefined();
  });

  it('refuses an item that asks for another version, names the one it began on, and loses the sequence', async () => {
    await send(one, 'a', { isStart: true });
    expect(() => routeSequence(versions, '2', context('a'))).toThrowError(
      expect.objectContaining({
        code: 'DH_SEQUENCE_UNKNOWN',
        message: expect.stringContaining('version 1 of model "monitor"'),
        details: expect.objectContaining({ expected: '1', model: 'monitor' }),
      }),
    );
    // The refused item is missing from the state.
    await expect(send(one, 'a')).rejects.toMatchObject({ code: 'DH_SEQUENCE_LOST' });
  });

  it('never lets one id mean a sequence on each of two versions', async () => {
    await send(one, 'a', { isStart: true });
    const start = context('a', { isStart: true });
    expect(routeSequence(versions, '', start)).toBe(one);
    expect(() => routeSequence(versions, '2', start)).toThrowError(
      expect.objectContaining({ code: 'DH_SEQUENCE_OPEN' }),
    );
    expect(routeSequence(versions, '2', start)).toBeUndefined();
    await expect(send(one, 'a')).rejects.toMatchObject({ code: 'DH_SEQUENCE_LOST' });
  });

  it('lets a sequence begin on the new version once the old one has taken its last item', async () => {
    await send(one, 'a', { isStart: true });
    await send(one, 'a', { isEnd: true });
    expect(routeSequence(versions, '', context('a', { isStart: true }))).toBeUndefined();
  });

  it('sends an item that comes too late to the version that knows what happened, the latest', async () => {
    await send(one, 'a', { isStart: true });
    await vi.advanceTimersByTimeAsync(100);
    expect(routeSequence(versions, '', context('a'))).toBe(one);
    await vi.advanceTimersByTimeAsync(50);
    await send(two, 'a', { isStart: true });
    two.sequences.loseAll('the model was replaced');
    expect(routeSequence(versions, '', context('a'))).toBe(two);
    expect(routeSequence([one, two], '', context('a'))).toBe(two);
    expect(routeSequence(versions, '1', context('a'))).toBe(one);
    expect(routeSequence(versions, '3', context('a'))).toBeUndefined();
  });

  it('still knows what happened on a version that is unloaded', async () => {
    await send(one, 'a', { isStart: true });
    one.sequences.close();
    expect(routeSequence(versions, '', context('a'))).toBe(one);
    await expect(send(one, 'a')).rejects.toMatchObject({ code: 'DH_SEQUENCE_LOST' });
  });
});
