import { encodeStatusDetails } from '@deephealth/proto';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { ERROR_CATALOG, ERROR_CODES, type ErrorCode } from './catalog.js';
import { DeepHealthError } from './deephealth-error.js';
import { fromGrpcError, type GrpcFailure, toGrpcFailure } from './grpc-status.js';

/** What a client's grpc-js makes of what a server's grpc-js was given. */
const received = ({ code, details, metadata }: GrpcFailure): ServiceError =>
  Object.assign(new Error(`${code} ${status[code]}: ${details}`), { code, details, metadata });

const foreign = (code: status, details: string, bytes?: Buffer): ServiceError => {
  const metadata = new Metadata();
  if (bytes !== undefined) metadata.set('grpc-status-details-bin', bytes);
  return received({ code, details, metadata });
};

describe('toGrpcFailure and fromGrpcError', () => {
  it.each(ERROR_CODES)('carry %s with code, details and retry hint', (code) => {
    const error = new DeepHealthError(code, 'Feld "größe" fehlt.', {
      details: { input: 'größe', expected: 'a,b', received: '' },
      retryAfterMs: 1500,
      cause: new Error('/srv/secret'),
    });
    const failure = toGrpcFailure(error);
    expect(failure.code).toBe(status[ERROR_CATALOG[code].grpc]);
    expect(JSON.stringify(failure.metadata.getMap())).not.toContain('secret');

    const back = fromGrpcError(received(failure));
    expect(back).toBeInstanceOf(DeepHealthError);
    expect(back).toMatchObject({ code, message: error.message, retryAfterMs: 1500, details: error.details });
    expect([back.source, back.retryable]).toEqual([error.source, error.retryable]);
    expect(back.details).toMatchObject({ source: error.source, retryable: String(error.retryable) });
  });

  it('keep what they carry through several hops', () => {
    const hop = (error: DeepHealthError) => fromGrpcError(received(toGrpcFailure(error)));
    const error = new DeepHealthError('DH_QUEUE_FULL', 'Full.', { details: { model: 'm' }, retryAfterMs: 50 });
    expect(hop(hop(hop(error)))).toMatchObject({ code: 'DH_QUEUE_FULL', message: 'Full.', retryAfterMs: 50 });
    expect(hop(hop(error)).details).toEqual(hop(error).details);
  });

  it('give no retry hint where there was none', () => {
    expect(fromGrpcError(received(toGrpcFailure(new DeepHealthError('DH_QUEUE_FULL', 'Full.')))).retryAfterMs).toBe(
      undefined,
    );
  });
});

describe('toGrpcFailure', () => {
  it.each([
    ['AbortError', 20],
    ['TimeoutError', 23],
  ])('does not send an %s as status %i, which gRPC does not have', (name, legacyCode) => {
    const thrown = new DOMException('The operation was aborted.', name);
    expect(thrown.code).toBe(legacyCode);
    expect(toGrpcFailure(thrown).code).toBe(status.INTERNAL);
  });

  it('does not send a code or text that a foreign error brings along', () => {
    const thrown = Object.assign(new Error("open '/srv/models/secret.onnx'"), {
      code: 'ENOENT',
      details: '/srv/secret',
    });
    const failure = toGrpcFailure(thrown);
    expect(failure.code).toBe(status.INTERNAL);
    expect(failure.details).not.toContain('secret');
    expect(fromGrpcError(received(failure))).toMatchObject({ code: 'DH_INTERNAL', retryable: false });
    const trailer = failure.metadata.get('grpc-status-details-bin')[0] as Buffer;
    expect(trailer.toString('latin1')).not.toContain('secret');
  });

  it('sends a code that another copy knows and this catalogue does not as INTERNAL', () => {
    const newer = new DeepHealthError('DH_INTERNAL', 'From a newer version.');
    Object.defineProperty(newer, 'code', { value: 'DH_OF_NEXT_YEAR' });
    expect(toGrpcFailure(newer).code).toBe(status.INTERNAL);
    expect(fromGrpcError(received(toGrpcFailure(newer))).code).toBe('DH_INTERNAL');
  });
});

describe('fromGrpcError', () => {
  const details = (reason: string, domain: string) =>
    encodeStatusDetails({ code: 3, message: 'x', errorInfo: { reason, domain, metadata: { secretOfOthers: '1' } } });

  it.each<[string, status, ErrorCode]>([
    ['CANCELLED', status.CANCELLED, 'DH_CANCELLED'],
    ['DEADLINE_EXCEEDED', status.DEADLINE_EXCEEDED, 'DH_DEADLINE_EXCEEDED'],
    ['UNAVAILABLE', status.UNAVAILABLE, 'DH_CONNECT_FAILED'],
    ['RESOURCE_EXHAUSTED', status.RESOURCE_EXHAUSTED, 'DH_MESSAGE_TOO_LARGE'],
    ['UNIMPLEMENTED', status.UNIMPLEMENTED, 'DH_FEATURE_UNSUPPORTED'],
    ['INVALID_ARGUMENT', status.INVALID_ARGUMENT, 'DH_REQUEST_MALFORMED'],
    ['NOT_FOUND', status.NOT_FOUND, 'DH_MODEL_NOT_FOUND'],
    ['INTERNAL', status.INTERNAL, 'DH_INTERNAL'],
    ['UNKNOWN', status.UNKNOWN, 'DH_RESPONSE_INVALID'],
    ['DATA_LOSS', status.DATA_LOSS, 'DH_RESPONSE_INVALID'],
  ])('takes the nearest code for %s without details', (name, code, nearest) => {
    const error = fromGrpcError(foreign(code, 'said the server'));
    expect(error.code).toBe(nearest);
    expect(error.message).toBe(`${name}: said the server`);
    expect(error.details).toEqual({});
  });

  it('says what raises the limit of a message that the transport refuses', () => {
    const error = fromGrpcError(foreign(status.RESOURCE_EXHAUSTED, 'Received message larger than max (2 vs. 1)'));
    expect(error.code).toBe('DH_MESSAGE_TOO_LARGE');
    expect(error.message).toBe(
      'RESOURCE_EXHAUSTED: Received message larger than max (2 vs. 1). Raise "maxMessageBytes" of the server (--max-message of deephealth serve, and of deephealth evaluate for a package folder) and of the client.',
    );
  });

  it.each([
    ['a reason that the catalogue does not have', details('OF_NEXT_YEAR', 'deephealth')],
    ['a reason that only looks like one of ours', details('constructor', 'deephealth')],
    ['a known reason of another domain', details('QUEUE_FULL', 'example.org')],
    ['no ErrorInfo', Buffer.from([8, 3, 18, 1, 120])],
    ['no bytes', Buffer.alloc(0)],
    ['bytes that are no message', Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff])],
    ['a message that is cut off', details('QUEUE_FULL', 'deephealth').subarray(0, 20)],
  ])('takes the nearest code for %s', (_, bytes) => {
    const error = fromGrpcError(foreign(status.INVALID_ARGUMENT, 'said the server', bytes));
    expect(error).toMatchObject({ code: 'DH_REQUEST_MALFORMED', message: 'INVALID_ARGUMENT: said the server' });
    expect(error.details).toEqual({});
  });

  it('takes a call that the server closed without a status for one whose server has gone', () => {
    const text = 'Received RST_STREAM with code 0 (Call ended without gRPC status)';
    expect(fromGrpcError(foreign(status.INTERNAL, text))).toMatchObject({ code: 'DH_CONNECT_FAILED' });
    expect(fromGrpcError(foreign(status.INTERNAL, 'Received RST_STREAM with code 2'))).toMatchObject({
      code: 'DH_INTERNAL',
    });
  });

  it('names a status that gRPC does not have by its number', () => {
    expect(fromGrpcError(foreign(23 as status, ''))).toMatchObject({
      code: 'DH_RESPONSE_INVALID',
      message: 'status 23',
    });
  });

  it('keeps the original as the cause and does without metadata', () => {
    const original = Object.assign(new Error('x'), { code: status.UNAVAILABLE, details: 'gone' }) as ServiceError;
    expect(fromGrpcError(original)).toMatchObject({ code: 'DH_CONNECT_FAILED', cause: original });
  });
});
