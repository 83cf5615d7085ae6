import { describe, expect, it } from 'vitest';
import type { ChainBinding, ChainParameter } from '../bindings/processing-chain-binding.js';
import { checkParameters } from './check-parameters.js';

const chain = (...parameters: ChainParameter[]) => ({ parameters }) as unknown as ChainBinding;
const SOME = chain(
  { name: 'highlight', default: false },
  { name: 'fromS', default: 1.5, minimum: 0, maximum: 10 },
  { name: 'frame', minimum: 0 },
);

describe('the parameters of a run', () => {
  it('are those that were given, else the defaults, always in the same order', () => {
    expect(checkParameters(SOME, {})).toEqual({ highlight: false, fromS: 1.5 });
    expect(Object.keys(checkParameters(SOME, { frame: 2, fromS: 0, highlight: true }))).toEqual([
      'highlight',
      'fromS',
      'frame',
    ]);
    expect(checkParameters(SOME, { fromS: 0, highlight: true })).toEqual({ highlight: true, fromS: 0 });
  });

  it('have their defaults where null is given, as in CWL', () => {
    expect(checkParameters(SOME, { fromS: null, frame: null })).toEqual({ highlight: false, fromS: 1.5 });
  });

  it.each([
    [{ level: 1 }, 'level', 'takes highlight, fromS, frame'],
    [{ constructor: 1 }, 'constructor', 'no such parameter'],
    [{ ['x'.repeat(500)]: 1 }, 'x'.repeat(64), 'no such parameter'],
    [{ highlight: 1 }, 'highlight', 'true or false'],
    [{ highlight: 'true' }, 'highlight', 'true or false'],
    [{ fromS: '1' }, 'fromS', 'a number'],
    [{ fromS: Number.NaN }, 'fromS', 'a number'],
    [{ fromS: Number.POSITIVE_INFINITY }, 'fromS', 'a number'],
    [{ fromS: true }, 'fromS', 'a number'],
    [{ fromS: -0.1 }, 'fromS', '0 or more'],
    [{ fromS: 10.1 }, 'fromS', '10 or less'],
    [{ frame: 1.5 }, 'frame', 'a whole number'],
    [{ frame: 2 ** 53 }, 'frame', 'a whole number'],
  ])('are refused as %j', (given, field, sentence) => {
    expect(() => checkParameters(SOME, given)).toThrow(
      expect.objectContaining({
        code: 'DH_CHAIN_REQUEST_INVALID',
        message: expect.stringContaining(sentence),
        details: { field },
      }),
    );
  });

  it('are none of a chain without', () => {
    expect(checkParameters({} as ChainBinding, {})).toEqual({});
    expect(() => checkParameters({} as ChainBinding, { frame: 1 })).toThrow('takes none');
  });
});
