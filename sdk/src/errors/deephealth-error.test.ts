import { afterEach, describe, expect, it, vi } from 'vitest';
import { DeepHealthError } from './deephealth-error.js';

afterEach(() => vi.resetModules());

async function otherCopy(): Promise<typeof DeepHealthError> {
  vi.resetModules();
  const copy = await import('./deephealth-error.js');
  expect(copy.DeepHealthError).not.toBe(DeepHealthError);
  return copy.DeepHealthError;
}

describe('DeepHealthError', () => {
  it('tells code, source, repeatability, reason and details', () => {
    const error = new DeepHealthError('DH_QUEUE_FULL', 'The queue is full.', {
      details: { model: 'x' },
      retryAfterMs: 250,
    });
    expect(error).toMatchObject({
      name: 'DeepHealthError',
      message: 'The queue is full.',
      code: 'DH_QUEUE_FULL',
      reason: 'QUEUE_FULL',
      source: 'runtime',
      retryable: true,
      details: { model: 'x' },
      retryAfterMs: 250,
    });
    expect(new DeepHealthError('DH_INPUT_MISSING', 'x').retryable).toBe(false);
    expect('cause' in new DeepHealthError('DH_INPUT_MISSING', 'x')).toBe(false);
  });

  it('is recognised across two copies of the module, in both directions', async () => {
    const Copy = await otherCopy();
    const theirs = new Copy('DH_CANCELLED', 'Stopped.');
    expect(theirs).toBeInstanceOf(DeepHealthError);
    expect(new DeepHealthError('DH_CANCELLED', 'Stopped.')).toBeInstanceOf(Copy);
    // Not recognised, it would be wrapped and lose its code.
    expect(DeepHealthError.from(theirs)).toBe(theirs);
  });

  it.each([
    new Error('x'),
    { code: 'DH_CANCELLED', message: 'x' },
    { name: 'DeepHealthError' },
    null,
    undefined,
    'DH_CANCELLED',
    42,
  ])('does not take %s for one of its own', (value) => {
    expect(value instanceof DeepHealthError).toBe(false);
  });

  it.each([
    ['an Error whose message holds a path', new Error("ENOENT: no such file, open '/srv/models/secret/model.onnx'")],
    ['a text', '/srv/models/secret'],
    ['an object', { message: '/srv/models/secret' }],
    ['undefined', undefined],
    ['null', null],
  ])('hides %s behind a fixed text and keeps it as the cause', (_, thrown) => {
    const error = DeepHealthError.from(thrown);
    expect(error.code).toBe('DH_INTERNAL');
    expect(error.message).not.toMatch(/srv|secret/);
    expect(error.details).toEqual({});
    expect(error.cause).toBe(thrown);
  });

  it('does not show the brand where properties are listed', () => {
    expect(Object.getOwnPropertySymbols({ ...new DeepHealthError('DH_CANCELLED', 'x') })).toEqual([]);
  });
});
