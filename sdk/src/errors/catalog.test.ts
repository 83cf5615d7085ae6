import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { ERROR_CATALOG, ERROR_CODES, isErrorCode } from './catalog.js';

describe('the error catalogue', () => {
  it.each(ERROR_CODES)('%s has a name, a status and a sentence that can be shown', (code) => {
    expect(code).toMatch(/^DH_[A-Z][A-Z0-9_]*[A-Z0-9]$/);
    const { grpc, docs } = ERROR_CATALOG[code];
    expect(status[grpc]).toBeTypeOf('number');
    expect(docs).toMatch(/^\S.*\.$/s);
  });

  it('calls nothing retryable that depends on the request alone', () => {
    const wrong = ERROR_CODES.filter(
      (code) =>
        ERROR_CATALOG[code].retryable &&
        ['INVALID_ARGUMENT', 'NOT_FOUND', 'UNIMPLEMENTED', 'FAILED_PRECONDITION'].includes(ERROR_CATALOG[code].grpc),
    );
    expect(wrong).toEqual([]);
  });

  it('calls everything retryable that is only unavailable', () => {
    const wrong = ERROR_CODES.filter(
      (code) => ERROR_CATALOG[code].grpc === 'UNAVAILABLE' && !ERROR_CATALOG[code].retryable,
    );
    expect(wrong).toEqual([]);
  });

  it('knows its own codes and no name that objects have by themselves', () => {
    expect(isErrorCode('DH_INTERNAL')).toBe(true);
    for (const name of ['INTERNAL', 'DH_', 'DH_NOTHING', 'constructor', '__proto__', 'toString']) {
      expect(isErrorCode(name), name).toBe(false);
    }
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(ERROR_CATALOG)).toBe(true);
  });
});
