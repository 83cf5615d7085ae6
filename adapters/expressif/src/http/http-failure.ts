import { DeepHealthError, failureHeaders, httpStatusOf } from '@deephealth/sdk';

/** An error as whoever asked over HTTP sees it. */
export interface HttpFailure {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly error: { readonly code: string; readonly message: string; readonly details: object } };
}

/**
 * The one way from an error to an HTTP answer of the rule server. What is no DeepHealthError leaves as DH_INTERNAL
 * with a fixed text.
 *
 * @param status in the place of the catalogue's, for what only HTTP knows
 */
export function httpFailure(thrown: unknown, status?: number): HttpFailure {
  const error = DeepHealthError.from(thrown);
  const { code, message, details } = error;
  const found = status ?? httpStatusOf(code);
  return {
    status: found,
    headers: failureHeaders(error, found),
    body: { error: { code, message, details } },
  };
}
