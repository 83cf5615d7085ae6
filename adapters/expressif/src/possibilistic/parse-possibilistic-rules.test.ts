import { describe, expect, it } from 'vitest';
import { createPossibilisticEngine } from './create-possibilistic-engine.js';
import { parsePossibilisticRules } from './parse-possibilistic-rules.js';

const TEXT = JSON.stringify({
  format: 'deephealth.possibilistic-rules/1',
  name: 'triage',
  inputs: [
    { name: 'lesion', values: ['none', 'large'], given: 'probability', transform: 'antipignistic' },
    { name: 'history', values: ['yes', 'no'], given: 'possibility' },
  ],
  outputs: [
    {
      name: 'risk',
      values: ['low', 'high'],
      rules: [{ id: '1', if: [{ attribute: 'lesion', in: ['large'] }], conclude: ['high'], s: 1, r: 0 }],
    },
    {
      name: 'delay',
      values: ['today', 'week'],
      rules: [{ id: '2', if: [{ attribute: 'risk', in: ['high'] }], conclude: ['today'], s: 1, r: 0 }],
    },
  ],
});

const change = (part: string, other: string): string => {
  if (!TEXT.includes(part)) throw new Error(`the document holds no ${part}`);
  return TEXT.replace(part, other);
};

const parse = (part: string, other: string) => () => parsePossibilisticRules(change(part, other));

describe('parsePossibilisticRules', () => {
  it('reads a document that the engine takes', () => {
    const engine = createPossibilisticEngine(parsePossibilisticRules(TEXT));
    expect(engine.evaluate({ lesion: { none: 0, large: 1 } }).outputs.get('delay')?.status).toBe('determinate');
  });

  it.each([
    ['/1"', '/2"', '/format'],
    ['"given":"possibility"', '"given":"probability"', '/inputs/1'],
    ['"given":"possibility"', '"given":"possibility","transform":"antipignistic"', '/inputs/1/transform'],
    ['"antipignistic"', '"pignistic"', '/inputs/0/transform'],
    ['"s":1,"r":0', '"s":1.5,"r":0', '/outputs/0/rules/0/s'],
    ['"s":1,"r":0', '"s":1', '/outputs/0/rules/0'],
    ['"conclude":["high"]', '"conclude":[]', '/outputs/0/rules/0/conclude'],
    ['"values":["yes","no"]', '"values":["yes","yes"]', '/inputs/1/values'],
    ['"name":"triage"', '"name":"triage","name":"other"', '/name'],
    ['"name":"triage"', '"name":"triage","author":"a"', '/'],
    ['}]}]}', '}]}]', '/'],
  ])('calls it malformed with %s as %s', (part, other, field) => {
    expect(parse(part, other)).toThrow(expect.objectContaining({ code: 'DH_RULES_MALFORMED' }));
    expect(parse(part, other)).toThrow(expect.objectContaining({ details: expect.objectContaining({ field }) }));
  });

  it.each([
    ['"name":"history"', '"name":"lesion"', '/inputs/1/name'],
    ['"name":"risk"', '"name":"lesion"', '/outputs/0/name'],
    ['"id":"2"', '"id":"1"', '/outputs/1/rules/0/id'],
    ['"conclude":["high"]', '"conclude":["higher"]', '/outputs/0/rules/0/conclude/0'],
    ['"attribute":"lesion"', '"attribute":"age"', '/outputs/0/rules/0/if/0/attribute'],
    ['"attribute":"lesion","in":["large"]', '"attribute":"delay","in":["week"]', '/outputs/0/rules/0/if/0/attribute'],
    ['"attribute":"lesion","in":["large"]', '"attribute":"risk","in":["high"]', '/outputs/0/rules/0/if/0/attribute'],
    ['"in":["large"]', '"in":["large","small"]', '/outputs/0/rules/0/if/0/in/1'],
    [
      '{"attribute":"lesion","in":["large"]}',
      '{"attribute":"lesion","in":["large"]},{"attribute":"lesion","in":["none"]}',
      '/outputs/0/rules/0/if/1/attribute',
    ],
  ])('calls it inconsistent with %s as %s', (part, other, field) => {
    expect(parse(part, other)).toThrow(
      expect.objectContaining({ code: 'DH_RULES_INCONSISTENT', details: expect.objectContaining({ field }) }),
    );
  });

  it('is checked again where a program makes the document', () => {
    const document = JSON.parse(change('"s":1,"r":0', '"s":-1,"r":0'));
    expect(() => createPossibilisticEngine(document)).toThrow(/Field "\/outputs\/0\/rules\/0\/s" is -1/);
  });
});
