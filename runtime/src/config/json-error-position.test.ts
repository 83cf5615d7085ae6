import { describe, expect, it } from 'vitest';
import { jsonErrorPosition } from './json-error-position.js';

describe('the place where text stops being JSON', () => {
  it.each([
    ['{"a": 1,}', 8],
    ['{"a": 1 "b": 2}', 8],
    ['{"a" 1}', 5],
    ['{a: 1}', 1],
    ["{'a': 1}", 1],
    ['{"a": tru}', 6],
    ['{"a": 01}', 7],
    ['{"a": "x\ny"}', 6],
    ['[1, 2', 5],
    ['[1, 2}', 5],
    ['{"a": [}', 7],
    ['[,]', 1],
    ['{} {}', 3],
    ['', 0],
    ['// ports', 0],
    ['{"a": 1} x', 9],
  ])('of %j is character %i', (text, position) => {
    expect(jsonErrorPosition(text)).toBe(position);
  });

  it('is found exactly where the engine refuses, for any small damage to a document', () => {
    const document = JSON.stringify(
      { a: [1, -2.5e3, true, null, {}], b: { c: 'x\n"\\', d: [[], ['é']] }, e: '' },
      null,
      1,
    );
    let seed = 11;
    const next = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    const marks = '{}[],:"\\ 0.-ex\n';
    for (let round = 0; round < 5000; round++) {
      const at = next(document.length + 1);
      const mark = marks[next(marks.length)] as string;
      const damaged = document.slice(0, at) + (next(2) === 0 ? mark : '') + document.slice(at + next(3));
      let isJson = true;
      try {
        JSON.parse(damaged);
      } catch {
        isJson = false;
      }
      expect({ damaged, isJson: jsonErrorPosition(damaged) === undefined }).toEqual({ damaged, isJson });
    }
  });

  it('is found in a text that is nothing but brackets, too', () => {
    expect(jsonErrorPosition('['.repeat(1_000_000))).toBe(1_000_000);
  });
});
