import { describe, expect, it } from 'vitest';
import { loadCases } from '../cases/load-cases.js';
import { leftOut, parseSelection, strangers } from './select-cases.js';

describe('a selection of cases', () => {
  it.each([
    ['dh-err-004, DH-CORE', ['DH-ERR-004', 'DH-CORE']],
    ['err', ['DH-ERR']],
    ['', []],
  ])('is read from "%s"', (text, names) => {
    expect(parseSelection(text)).toEqual(names);
  });

  it('is none where nothing is said', () => {
    expect(parseSelection(undefined)).toBeUndefined();
  });

  it('knows ids and areas', () => {
    expect(strangers(['DH-ERR-004', 'DH-CORE', 'DH-ER', 'DH-ERR-999'], loadCases())).toEqual(['DH-ER', 'DH-ERR-999']);
  });

  it.each([
    [{ only: ['DH-ERR'] }, undefined],
    [{ only: ['DH-ERR-004'] }, undefined],
    [{ only: ['DH-CORE'] }, 'not asked for'],
    [{ skip: ['DH-ERR'] }, 'left out with --skip'],
    [{ only: ['DH-ERR'], skip: ['DH-ERR-004'] }, 'left out with --skip'],
    [{}, undefined],
  ])('%j', (selection, reason) => {
    expect(leftOut('DH-ERR-004', selection)).toBe(reason);
  });
});
