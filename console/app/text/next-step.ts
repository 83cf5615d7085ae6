import type { ApiError } from '../api/api-error.js';
import { ANSWER_UNREADABLE, NO_ANSWER } from '../api/api-error.js';
import { text } from './text.js';

/** What the reader can do about an error. */
export function nextStepOf({ code, status, isRetryable }: ApiError): string {
  const { next } = text.error;
  if (code === NO_ANSWER) return next.wait;
  if (code === ANSWER_UNREADABLE) return next.operator;
  if (status === 401) return next.signIn;
  if (status === 403) return next.permission;
  if (status === 404 || status === 410) return next.gone;
  if (status === 413) return next.tooLarge;
  if (status === 415) return next.mediaType;
  if (isRetryable || status === 429) return next.again;
  return status === 400 || status === 422 ? next.input : next.operator;
}

/** What happened, in a sentence. */
export function messageOf({ code, message, status }: ApiError): string {
  if (code === NO_ANSWER) return text.error.noAnswer;
  if (code === ANSWER_UNREADABLE) return text.error.unreadable;
  return message === '' ? text.error.httpStatus(status) : message;
}
