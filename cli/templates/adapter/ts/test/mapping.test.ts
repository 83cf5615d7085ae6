import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import { toEvent } from '../src/mapping/event.js';
import { toFinding } from '../src/mapping/finding.js';
import { toInputs } from '../src/mapping/inputs.js';
import { toResult } from '../src/mapping/result.js';

const codes = [{ system: 'http://snomed.info/sct', code: '75367002', display: 'Blood pressure' }];

describe('an event', () => {
  it('is taken over but for whom it is about', () => {
    const requests = [{ id: 'only', model: 'risk' }];
    assert.deepEqual(toEvent({ id: 'e', subject: 'somebody', requests }), { id: 'e', requests });
  });

  for (const [what, event] of Object.entries({
    'no object': [],
    'no request': { id: 'e', requests: [] },
    'an id that is a number': { id: 1, requests: [{ id: 'a', model: 'm' }] },
    'a time that is none': { id: 'e', respondWithinMs: -1, requests: [{ id: 'a', model: 'm' }] },
    'the same request twice': {
      id: 'e',
      requests: [
        { id: 'a', model: 'm' },
        { id: 'a', model: 'm' },
      ],
    },
  })) {
    it(`with ${what} is refused`, () => {
      assert.throws(() => toEvent(event), { code: 'DH_REQUEST_MALFORMED' });
    });
  }
});

describe('inputs', () => {
  it('keep their type, their shape and their bytes', () => {
    const tensor = {
      dataType: 'FP32',
      shape: [1, 2],
      data: Buffer.from([0, 0, 128, 63, 0, 0, 0, 64]).toString('base64'),
    };
    const [input] = toInputs({ inputs: { only: { x: tensor } } }).get('only') ?? [];
    assert.equal(input?.name, 'x');
    assert.deepEqual(input?.tensor?.shape, [1, 2]);
    assert.deepEqual(Buffer.from(input?.tensor?.data ?? ''), Buffer.from([0, 0, 128, 63, 0, 0, 0, 64]));
  });

  it('of a type that there is not are refused', () => {
    const tensor = { dataType: 'FP7', shape: [1], data: '' };
    assert.throws(() => toInputs({ inputs: { only: { x: tensor } } }), { code: 'DH_REQUEST_MALFORMED' });
  });
});

describe('a finding', () => {
  it('keeps units, codes and every digit', () => {
    const value = { label: 'systolic', codes, value: 128.123456789, unit: 'mm[Hg]' };
    const finding = { name: 'pressure', codes, value: 'regression', regression: { values: [value] } };
    const { values, kind } = toFinding(finding as unknown as runtimeV1.Finding__Output);
    assert.equal(kind, 'regression');
    const kept = [{ system: 'http://snomed.info/sct', code: '75367002' }];
    assert.deepEqual(values, [{ label: 'systolic', codes: kept, value: 128.123456789, unit: 'mm[Hg]' }]);
  });
});

describe('a result', () => {
  const answer = { findings: [], warnings: [], provenance: null } as unknown as runtimeV1.PredictResponse__Output;
  const good = { request: 'a', requestId: '1', outcome: answer };
  const bad = { request: 'b', requestId: '2', outcome: new DeepHealthError('DH_QUEUE_FULL', 'Full.') };

  it('is called what it is', () => {
    assert.equal(toResult('e', [good]).state, 'complete');
    assert.equal(toResult('e', [good, bad]).state, 'partial');
    assert.equal(toResult('e', [bad]).state, 'failed');
  });

  it('names what failed', () => {
    const [, part] = toResult('e', [good, bad]).parts;
    assert.deepEqual(part?.error, { reason: 'QUEUE_FULL', message: 'Full.', retryable: true });
    assert.deepEqual(part?.findings, []);
  });
});
