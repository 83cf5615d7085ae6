import { DeepHealthError } from '@deephealth/sdk';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { fromRemoteStatus, isRemoteTimeout, isServerTrouble, isUnimplemented } from './remote-failure.js';
import { remoteMismatch } from './remote-mismatch.js';

const SECRET = 'value 37.2 of /srv/models/secret';

const fail = (code: number, details = SECRET) =>
  fromRemoteStatus({ code, details, message: `${code}: ${details}`, name: 'Error' });

describe('a status of the other server', () => {
  it.each(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'RESOURCE_EXHAUSTED', 'ABORTED', 'CANCELLED'] as const)(
    '%s means that it is not available, which may pass',
    (name) => {
      const error = fail(status[name]);
      expect(error).toMatchObject({ code: 'DH_REMOTE_UNAVAILABLE', retryable: true, details: { status: name } });
      expect(isServerTrouble(error)).toBe(true);
    },
  );

  it.each([
    'NOT_FOUND',
    'INVALID_ARGUMENT',
    'FAILED_PRECONDITION',
    'OUT_OF_RANGE',
    'UNIMPLEMENTED',
    'UNAUTHENTICATED',
    'PERMISSION_DENIED',
  ] as const)('%s means that it refused, which is an answer', (name) => {
    const error = fail(status[name]);
    expect(error).toMatchObject({ code: 'DH_REMOTE_FAILED', retryable: false, details: { status: name } });
    expect(isServerTrouble(error)).toBe(false);
  });

  it.each(['INTERNAL', 'UNKNOWN', 'DATA_LOSS'] as const)('%s means that it broke', (name) => {
    const error = fail(status[name]);
    expect(error).toMatchObject({ code: 'DH_REMOTE_FAILED', details: { status: name } });
    expect(isServerTrouble(error)).toBe(true);
  });

  it.each([
    'Received message larger than max (5242880 vs. 4194304)',
    'CLIENT: Received message larger than max (5 vs. 4)',
    'grpc: received message larger than max (5 vs. 4)',
    'gRPC message exceeds maximum size 4194304: 5242880',
    'Received message that decompresses to a size larger than 4194304',
    'Attempted to send message with a size larger than 10',
  ])('RESOURCE_EXHAUSTED with "%s" is about the size, and waiting does not help', (details) => {
    const error = fail(status.RESOURCE_EXHAUSTED, details);
    expect(error).toMatchObject({ code: 'DH_REMOTE_FAILED', message: expect.stringContaining('message of this size') });
    expect(isServerTrouble(error)).toBe(false);
  });

  it('keeps the text of the server from callers, and for the log', () => {
    for (let code = 1; code <= 17; code++) {
      const error = fail(code);
      expect(JSON.stringify([error.message, error.details])).not.toContain('37.2');
      expect((error.cause as Error).message).toContain(SECRET);
    }
  });

  it('that gRPC does not know is a failure as well', () => {
    expect(fail(99)).toMatchObject({ code: 'DH_REMOTE_FAILED', details: { status: 'status 99' } });
  });

  it('tells a timeout and a missing call from others', () => {
    expect([fail(status.DEADLINE_EXCEEDED), fail(status.UNAVAILABLE), new Error('x')].map(isRemoteTimeout)).toEqual([
      true,
      false,
      false,
    ]);
    expect([fail(status.UNIMPLEMENTED), fail(status.NOT_FOUND), undefined].map(isUnimplemented)).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('trouble of the server', () => {
  it('is not what another error says', () => {
    expect(isServerTrouble(remoteMismatch('Another model.'))).toBe(false);
    expect(isServerTrouble(new DeepHealthError('DH_TENSOR_SIZE_MISMATCH', 'Too short.'))).toBe(false);
    expect(isServerTrouble(new Error('x'))).toBe(false);
  });
});
