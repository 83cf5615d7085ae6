import { describe, expect, it } from 'vitest';
import { messageOf, nextStepOf } from '../text/next-step.js';
import { text } from '../text/text.js';
import { ApiError, NO_ANSWER, toApiError } from './api-error.js';

const body = (error: object) => JSON.stringify({ error });

describe('an answer that is an error', () => {
  it('keeps code, message, details and whether it may succeed later', () => {
    const error = toApiError(
      503,
      body({ code: 'DH_QUEUE_FULL', message: 'Full.', details: { model: 'a' }, retryable: true }),
    );
    expect(error).toMatchObject({
      code: 'DH_QUEUE_FULL',
      message: 'Full.',
      details: { model: 'a' },
      isRetryable: true,
    });
    expect(nextStepOf(error)).toBe(text.error.next.again);
  });

  it.each(['<html>Bad gateway</html>', '', '{}', 'null', '{"error":{"code":7}}'])(
    'is told by its status where a proxy wrote it: %s',
    (answer) => {
      const error = toApiError(502, answer);
      expect(error.code).toBe('HTTP_502');
      expect(messageOf(error)).toContain('502');
    },
  );

  it.each([
    [401, text.error.next.signIn],
    [403, text.error.next.permission],
    [404, text.error.next.gone],
    [413, text.error.next.tooLarge],
    [415, text.error.next.mediaType],
    [400, text.error.next.input],
    [500, text.error.next.operator],
  ])('with status %i says what to do', (status, next) => {
    expect(nextStepOf(toApiError(status, body({ code: 'DH_X', message: 'm', retryable: false })))).toBe(next);
  });

  it('says that the console waits, where nothing answered', () => {
    expect(nextStepOf(new ApiError(NO_ANSWER, '', 0, true))).toBe(text.error.next.wait);
  });
});
