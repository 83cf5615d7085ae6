import { expect, it } from 'vitest';
import { verdictLook } from './verdict-look.js';

it('praises a whole run without failures alone', () => {
  expect(verdictLook('conformant', 0)[0]).toBe('good');
  expect(verdictLook('partial', 0)[0]).toBe('warn');
  expect(verdictLook('inconclusive', 0)[0]).toBe('warn');
  expect(verdictLook('partial', 1)[0]).toBe('bad');
  expect(verdictLook('not-conformant', 0)[0]).toBe('bad');
});
