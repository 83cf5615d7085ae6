import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { defineHarness, type HarnessDefinition } from './define-harness.js';

const START = { id: 1, command: 'start', protocol: 1, models: '/models', options: {} };

/** What a harness answers to these lines, and what it was told. */
async function answers(lines: readonly unknown[], change: Partial<HarnessDefinition> = {}) {
  const told: unknown[] = [];
  const [input, output] = [new PassThrough(), new PassThrough()];
  const written = text(output);
  const done = defineHarness(
    {
      start: ({ models }) => {
        told.push(`start ${models}`);
        return '127.0.0.1:1';
      },
      reset: () => void told.push('reset'),
      stop: () => void told.push('stop'),
      ...change,
    },
    { input, output },
  );
  input.end(lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''));
  await done.finally(() => output.end());
  const answered = (await written).split('\n').filter((line) => line !== '');
  return { told, answered: answered.map((line) => JSON.parse(line)) };
}

describe('defineHarness', () => {
  it('carries out the commands in their order, and repeats their ids', async () => {
    const { told, answered } = await answers([START, { id: 7, command: 'reset' }, { id: 9, command: 'stop' }]);
    expect(told).toEqual(['start /models', 'reset', 'stop']);
    expect(answered).toEqual([{ id: 1, address: '127.0.0.1:1' }, { id: 7 }, { id: 9 }]);
  });

  it('says of a fault that it cannot inject that it is not supported, also of one that it does not know', async () => {
    const inject = (id: number, kind: string) => ({ id, command: 'inject', fault: { kind, model: 'm' } });
    const lines = [START, inject(2, 'hostLost'), inject(3, 'fromTheFuture'), { id: 4, command: 'stop' }];
    const without = await answers(lines);
    expect(without.answered.slice(1, 3)).toEqual([
      { id: 2, unsupported: true },
      { id: 3, unsupported: true },
    ]);
    const { answered } = await answers(lines, { inject: ({ kind }) => kind === 'hostLost' });
    expect(answered.slice(1, 3)).toEqual([{ id: 2 }, { id: 3, unsupported: true }]);
  });

  it('answers with the error of what could not be done, and goes on', async () => {
    const { answered, told } = await answers([START, { id: 2, command: 'reset' }, { id: 3, command: 'stop' }], {
      reset: () => Promise.reject(new Error('the port is taken')),
    });
    expect(answered[1]).toEqual({ id: 2, error: { message: 'the port is taken' } });
    expect(told).toEqual(['start /models', 'stop']);
  });

  it('answers a protocol that it does not speak with an error that says so', async () => {
    const { answered } = await answers([{ ...START, protocol: 2 }]);
    expect(answered).toEqual([
      { id: 1, error: { message: expect.stringMatching(/speaks protocol 1 and cannot read .*\/protocol/) } },
    ]);
  });

  it('stops its runtime when the suite is gone, also one that failed to start', async () => {
    expect((await answers([START])).told).toEqual(['start /models', 'stop']);
    const failing = await answers([START], { start: () => Promise.reject(new Error('half')) });
    expect(failing.told).toEqual(['stop']);
    expect((await answers([])).told).toEqual([]);
  });

  it('ends at a line that nobody could answer', async () => {
    await expect(answers(['hello'])).rejects.toThrow(/it is no JSON/);
  });
});
