import { type Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { fuzzParser, fuzzTimeoutMs } from '../testing/fuzz-parser.js';
import { isErrorCode } from './catalog.js';
import { DeepHealthError } from './deephealth-error.js';
import { fromGrpcError, toGrpcFailure } from './grpc-status.js';

const USUAL = 1000;
const KEY = 'grpc-status-details-bin';

const failures = [
  new DeepHealthError('DH_QUEUE_FULL', 'Full.', { retryAfterMs: 1234.5 }),
  new DeepHealthError('DH_INPUT_MISSING', 'Missing.', { details: { input: 'x', expected: 'a patient' } }),
].map(toGrpcFailure);

it('broken details of a status give an error of the catalogue, whatever they say', {
  timeout: fuzzTimeoutMs(USUAL),
}, async () => {
  let ours = 0;
  const { inputs } = await fuzzParser({
    ...{ parser: 'details of a gRPC status', seed: 400, usual: USUAL },
    corpus: failures.map(({ metadata }) => metadata.get(KEY)[0] as Buffer),
    read(bytes) {
      const metadata = { get: (key: string) => (key === KEY ? [bytes] : []) } as unknown as Metadata;
      const { code, retryAfterMs, details } = fromGrpcError({
        code: status.UNKNOWN,
        details: '',
        metadata,
      } as ServiceError);
      if (!isErrorCode(code)) throw new Error('a code that is none');
      if (retryAfterMs !== undefined && !Number.isFinite(retryAfterMs)) throw new Error('a delay that is no number');
      if (Object.values(details).some((value) => typeof value !== 'string'))
        throw new Error('a detail that is no text');
      if (code !== 'DH_RESPONSE_INVALID') ours++;
    },
    isRefusal: () => false,
  });
  expect(ours).toBeGreaterThan(inputs / 50);
  expect(ours).toBeLessThan(inputs);
});
