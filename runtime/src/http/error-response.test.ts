import { DeepHealthError, ERROR_CODES, type ErrorCode } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { errorResponse } from './error-response.js';

const text = (thrown: unknown) => Buffer.concat(errorResponse(thrown).body as Uint8Array[]).toString();

describe('errorResponse', () => {
  it.each(ERROR_CODES)('gives %s a status of errors, its text and its reason', (code) => {
    const response = errorResponse(new DeepHealthError(code, 'Feld "größe" fehlt.'));
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(600);
    expect(response.headers).toEqual({
      'x-deephealth-reason': code.slice(3),
      // RFC 9110, section 15.5.2: a 401 says how to authenticate.
      ...(response.status === 401 && { 'www-authenticate': 'Bearer' }),
    });
    expect(JSON.parse(text(new DeepHealthError(code, 'Feld "größe" fehlt.')))).toEqual({
      error: 'Feld "größe" fehlt.',
    });
  });

  it.each<[ErrorCode, number]>([
    ['DH_TENSOR_SHAPE_MISMATCH', 400],
    ['DH_MODEL_UNLOADED', 400],
    ['DH_REFERENCE_NOT_ALLOWED', 403],
    ['DH_MODEL_NOT_FOUND', 404],
    ['DH_MODEL_VERSION_NOT_FOUND', 404],
    ['DH_MESSAGE_TOO_LARGE', 413],
    ['DH_QUEUE_FULL', 429],
    ['DH_CANCELLED', 499],
    ['DH_INTERNAL', 500],
    ['DH_MODEL_RUN_FAILED', 500],
    ['DH_MODEL_RUN_TIMEOUT', 500],
    ['DH_FEATURE_UNSUPPORTED', 501],
    ['DH_MODEL_NOT_READY', 503],
    ['DH_SERVER_STOPPING', 503],
    ['DH_DEADLINE_EXCEEDED', 504],
  ])('answers %s with %i', (code, status) => {
    expect(errorResponse(new DeepHealthError(code, 'x')).status).toBe(status);
  });

  it('asks nobody to come back for what fails again', () => {
    const inviting = ERROR_CODES.filter((code) => {
      const error = new DeepHealthError(code, 'x');
      return [429, 503].includes(errorResponse(error).status) && !error.retryable;
    });
    expect(inviting).toEqual([]);
  });

  it.each([
    [1, '1'],
    [1000, '1'],
    [1001, '2'],
  ])('gives a hint of %i ms as %s seconds', (retryAfterMs, seconds) => {
    expect(errorResponse(new DeepHealthError('DH_QUEUE_FULL', 'x', { retryAfterMs })).headers).toMatchObject({
      'retry-after': seconds,
    });
  });

  it('hides what a foreign error says', () => {
    const thrown = Object.assign(new Error("open '/srv/models/secret.onnx'"), { status: 200, code: 'ENOENT' });
    expect(errorResponse(thrown)).toMatchObject({ status: 500, headers: { 'x-deephealth-reason': 'INTERNAL' } });
    expect(text(thrown)).not.toMatch(/srv|secret|ENOENT/);
  });

  it('shows neither details nor the cause', () => {
    const error = new DeepHealthError('DH_INPUT_UNKNOWN', 'x', { details: { input: 'y' }, cause: new Error('secret') });
    expect(text(error)).toBe('{"error":"x"}');
  });
});
