import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { DrainGate } from './drain-gate.js';

function fullStream() {
  let take: () => void = () => undefined;
  const stream = new Writable({
    highWaterMark: 1,
    write(_chunk, _encoding, done) {
      take = done;
    },
  });
  expect(stream.write('full')).toBe(false);
  return { stream, take: () => take() };
}

describe('answers that a stream has no room for', () => {
  it('wait together behind one listener, and all go on when there is room', async () => {
    const { stream, take } = fullStream();
    const gate = new DrainGate(stream, new AbortController().signal);
    const before = stream.listenerCount('drain');
    const waiting = Array.from({ length: 20 }, () => gate.wait());
    expect(stream.listenerCount('drain') - before).toBe(1);
    take();
    await Promise.all(waiting);
    expect(stream.listenerCount('drain')).toBe(before);
  });

  it('wait again when it is full again', async () => {
    const { stream, take } = fullStream();
    const gate = new DrainGate(stream, new AbortController().signal);
    const first = gate.wait();
    take();
    await first;
    expect(stream.write('full again')).toBe(false);
    let isOpen = false;
    const second = gate.wait().then(() => {
      isOpen = true;
    });
    await new Promise(setImmediate);
    expect(isOpen).toBe(false);
    take();
    await second;
  });

  it('do not wait for a caller who has left', async () => {
    const { stream } = fullStream();
    const left = new AbortController();
    const gate = new DrainGate(stream, left.signal);
    const waiting = gate.wait();
    left.abort();
    await waiting;
    await gate.wait();
    expect(stream.listenerCount('drain')).toBe(0);
  });
});
