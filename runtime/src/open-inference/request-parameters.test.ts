import { DeepHealthError } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { manifestOf, rows } from '../../test/served-model-double.js';
import type { Parameter } from './parameter-value.js';
import { checkSequence, requestParameters, sequenceContext } from './request-parameters.js';

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return error instanceof DeepHealthError ? error.code : String(error);
  }
  return 'none';
}

describe('the parameters of a request', () => {
  it('have defaults', () => {
    expect(requestParameters({})).toEqual({ priority: 'ROUTINE', timeoutMs: undefined, wantsFinalMark: false });
  });

  it.each([
    ['0', 'ROUTINE'],
    ['1', 'STAT'],
    ['2', 'ROUTINE'],
    ['3', 'BATCH'],
    ['18446744073709551615', 'BATCH'],
  ])('take priority %s for %s, signed or unsigned', (level, priority) => {
    expect(requestParameters({ priority: { uint64Param: level } }).priority).toBe(priority);
    if (level.length < 10) expect(requestParameters({ priority: { int64Param: level } }).priority).toBe(priority);
  });

  it('take a timeout in microseconds, 0 for none', () => {
    expect(requestParameters({ timeout: { int64Param: '1500' } }).timeoutMs).toBe(1.5);
    expect(requestParameters({ timeout: { int64Param: '0' } }).timeoutMs).toBeUndefined();
  });

  it('take the wish for a final mark', () => {
    expect(requestParameters({ triton_enable_empty_final_response: { boolParam: true } }).wantsFinalMark).toBe(true);
  });

  const INVALID: [string, Parameter][] = [
    ['priority', { int64Param: '-1' }],
    ['priority', { stringParam: '1' }],
    ['priority', { doubleParam: 1 }],
    ['priority', {}],
    ['timeout', { int64Param: '-1' }],
    ['timeout', { uint64Param: '5' }],
    ['timeout', { stringParam: '5' }],
    ['triton_enable_empty_final_response', { stringParam: 'true' }],
  ];
  it.each(INVALID)('refuse %s of %j', (name, value) => {
    expect(codeOf(() => requestParameters({ [name]: value }))).toBe('DH_PARAMETER_INVALID');
  });

  it.each(['headers', 'triton_anything', 'sequence_other'])('refuse the reserved name %s', (name) => {
    expect(codeOf(() => requestParameters({ [name]: { stringParam: '' } }))).toBe('DH_PARAMETER_UNSUPPORTED');
  });

  it('leave names that are free to models alone, whatever their type', () => {
    const mine = { a: { stringParam: 'x' }, headers_of_mine: { boolParam: true }, c: { doubleParam: 0.5 }, d: {} };
    expect(codeOf(() => requestParameters(mine))).toBe('none');
  });
});

describe('the sequence of a request', () => {
  it('is none for an id of 0 or an empty one, as clients send by default', () => {
    for (const sequence_id of [{ int64Param: '0' }, { uint64Param: '0' }, { stringParam: '' }]) {
      const parameters = { sequence_id, sequence_start: { boolParam: false }, sequence_end: { boolParam: false } };
      expect(sequenceContext(parameters)).toBeUndefined();
    }
  });

  it('has a number or a text for its id; a negative number is the unsigned one of its bits', () => {
    const idOf = (sequence_id: Parameter) => sequenceContext({ sequence_id })?.id;
    expect(idOf({ int64Param: '42' })).toBe('42');
    expect(idOf({ uint64Param: '18446744073709551615' })).toBe('18446744073709551615');
    expect(idOf({ int64Param: '-1' })).toBe('18446744073709551615');
    expect(idOf({ stringParam: 'bed 7' })).toBe('bed 7');
  });

  it('has a start and an end', () => {
    const parameters = { sequence_id: { int64Param: '5' }, sequence_start: { boolParam: true } };
    expect(sequenceContext(parameters)).toEqual({ id: '5', isStart: true, isEnd: false });
    expect(sequenceContext({ sequence_end: { boolParam: true } })).toEqual({ id: '', isStart: false, isEnd: true });
  });

  it.each<[string, Parameter]>([
    ['sequence_id', { boolParam: true }],
    ['sequence_id', {}],
    ['sequence_id', { stringParam: 'x'.repeat(129) }],
    ['sequence_id', { stringParam: 'ü' }],
    ['sequence_start', { int64Param: '1' }],
    ['sequence_end', { stringParam: 'true' }],
  ])('is refused for %s of %j', (name, value) => {
    expect(codeOf(() => sequenceContext({ [name]: value }))).toBe('DH_PARAMETER_INVALID');
  });

  const stateless = manifestOf([rows('x', 1)], [rows('y', 1)]);
  const stateful = { ...stateless, sequence: { state: [] } };
  it('must be there exactly where the model keeps state', () => {
    const context = { id: '1', isStart: true, isEnd: false };
    expect(codeOf(() => checkSequence(stateless, undefined))).toBe('none');
    expect(codeOf(() => checkSequence(stateless, context))).toBe('DH_PARAMETER_UNSUPPORTED');
    expect(codeOf(() => checkSequence(stateful, context))).toBe('none');
    expect(codeOf(() => checkSequence(stateful, undefined))).toBe('DH_SEQUENCE_ID_MISSING');
    expect(codeOf(() => checkSequence(stateful, { ...context, id: '' }))).toBe('DH_SEQUENCE_ID_MISSING');
  });
});
