import { describe, expect, it } from 'vitest';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { bodyBytes, bodyRefusal } from './body-refusal.js';
import { failureHeaders } from './failure-headers.js';

const thrownWith = (code: string) => Object.assign(new Error('the words of a library'), { code });

describe('what a library refuses of a body', () => {
  it.each([
    ['FST_ERR_CTP_BODY_TOO_LARGE', 'DH_MESSAGE_TOO_LARGE'],
    ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'DH_MEDIA_TYPE_UNSUPPORTED'],
    ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 'DH_REQUEST_MALFORMED'],
    ['FST_ERR_CTP_EMPTY_JSON_BODY', 'DH_REQUEST_MALFORMED'],
  ])('%s is %s, in words of ours', (code, expected) => {
    const refusal = bodyRefusal(thrownWith(code));
    expect(refusal).toMatchObject({ code: expected });
    expect(refusal.message).not.toContain('library');
  });

  it('names the one media type that is taken', () => {
    const refusal = bodyRefusal(thrownWith('FST_ERR_CTP_INVALID_MEDIA_TYPE'), 'application/json');
    expect(refusal).toMatchObject({
      message: 'The body must be application/json.',
      details: { expected: 'application/json' },
    });
  });

  it('leaves everything else as it was thrown', () => {
    const thrown = thrownWith('ECONNRESET');
    expect(bodyRefusal(thrown)).toBe(thrown);
  });

  it('is told where there is no body of JSON', () => {
    expect(bodyBytes({ body: Buffer.from('{}') }).toString()).toBe('{}');
    expect(() => bodyBytes({ body: undefined })).toThrow('The body must be application/json.');
  });
});

describe('headers of an error', () => {
  it('say when to come again, in whole seconds and at least one', () => {
    const busy = (retryAfterMs: number) => new DeepHealthError('DH_QUEUE_FULL', 'busy', { retryAfterMs });
    expect(failureHeaders(busy(1), 503)).toEqual({ 'retry-after': '1' });
    expect(failureHeaders(busy(1001), 503)).toEqual({ 'retry-after': '2' });
  });

  it('ask for a key where one is missing', () => {
    expect(failureHeaders(new DeepHealthError('DH_CALLER_UNAUTHENTICATED', 'who?'), 401)).toEqual({
      'www-authenticate': 'Bearer',
    });
  });
});
