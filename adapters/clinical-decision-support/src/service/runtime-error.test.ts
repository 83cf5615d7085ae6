import { DeepHealthError, fromGrpcError, toGrpcFailure, toldToPlatform } from '@deephealth/sdk';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { describeFailure } from './call-log.js';

const serviceError = (failure: object) => Object.assign(new Error('14 UNAVAILABLE'), failure) as ServiceError;

describe('what a platform hears of the runtime', () => {
  it('is its own words, where it keeps to the contract', () => {
    const said = new DeepHealthError('DH_QUEUE_FULL', 'The queue of the model is full.', { retryAfterMs: 2_000 });
    const told = toldToPlatform(fromGrpcError(serviceError(toGrpcFailure(said))));
    expect(told).toMatchObject({ code: 'DH_QUEUE_FULL', message: said.message, retryAfterMs: 2_000 });
  });

  it.each([
    [
      'says what it likes',
      { code: status.UNKNOWN, details: 'ENOENT /srv/models on 10.1.2.3:8500' },
      'DH_RESPONSE_INVALID',
    ],
    ['is not there', { code: status.UNAVAILABLE, details: 'connect ECONNREFUSED 10.1.2.3:8500' }, 'DH_CONNECT_FAILED'],
  ])('is nothing of its place where it %s, which the operator reads in the log', (_, failure, code) => {
    const told = toldToPlatform(fromGrpcError(serviceError({ ...failure, metadata: new Metadata() })));
    expect(told.code).toBe(code);
    expect(told.message).not.toMatch(/10\.1\.2\.3|srv/);
    expect(describeFailure(told).message).toContain('10.1.2.3');
  });
});
