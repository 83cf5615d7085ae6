import { describe, expect, it } from 'vitest';
import { eligible, superseded } from './version-policy.js';

const of = (...versions: [version: string, state: string][]) =>
  versions.map(([version, state]) => ({ version, state }));
const names = (versions: readonly { version: string }[]) => versions.map(({ version }) => version);

const four = of(['4', 'QUARANTINED'], ['3', 'READY'], ['2', 'READY'], ['1', 'READY']);

describe('a version policy', () => {
  it.each([
    ['all', 'all' as const, ['4', '3', '2', '1']],
    ['latest', { latest: 1 }, ['4', '3', '2', '1']],
    ['specific', { specific: ['1', '4', '9'] }, ['4', '1']],
    ['specific without one that is there', { specific: ['9'] }, []],
  ])('"%s" says what may be loaded, newest first', (_name, policy, expected) => {
    expect(names(eligible(four, policy))).toEqual(expected);
  });

  it.each([
    ['all', 'all' as const, []],
    ['latest 1', { latest: 1 }, ['2', '1']],
    ['latest 2', { latest: 2 }, ['1']],
    ['latest 9', { latest: 9 }, []],
    ['specific', { specific: ['2'] }, ['3', '1']],
  ])('"%s" says what serves no longer', (_name, policy, expected) => {
    expect(names(superseded(four, policy))).toEqual(expected);
  });

  it('keeps an older version while the newer one does not serve', () => {
    for (const state of ['DISCOVERED', 'VERIFYING', 'QUARANTINED', 'UNLOADED', 'DRAINING']) {
      expect(superseded(of(['2', state], ['1', 'READY']), { latest: 1 })).toEqual([]);
    }
  });
});
