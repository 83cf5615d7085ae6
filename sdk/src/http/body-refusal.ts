import { DeepHealthError } from '../errors/deephealth-error.js';

/**
 * What a library for servers refuses of a body, in words of the catalogue; anything else as it was thrown. Codes are
 * those of Fastify, which is no dependency of this package.
 *
 * @param mediaType the one that is taken, where there is but one
 */
export function bodyRefusal(thrown: Error & { readonly code?: string }, mediaType?: string): Error {
  switch (thrown.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new DeepHealthError('DH_MESSAGE_TOO_LARGE', 'The body is larger than this server accepts.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return mediaType === undefined
        ? new DeepHealthError('DH_MEDIA_TYPE_UNSUPPORTED', 'The body has a media type that is not taken here.')
        : mustBe(mediaType);
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new DeepHealthError('DH_REQUEST_MALFORMED', 'The body is not as long as the request says.');
    default:
      return thrown;
  }
}

/** A body of JSON as bytes. @throws DH_MEDIA_TYPE_UNSUPPORTED where there is none */
export function bodyBytes({ body }: { readonly body: unknown }): Buffer {
  if (Buffer.isBuffer(body)) return body;
  throw mustBe('application/json');
}

function mustBe(expected: string): DeepHealthError {
  return new DeepHealthError('DH_MEDIA_TYPE_UNSUPPORTED', `The body must be ${expected}.`, { details: { expected } });
}
