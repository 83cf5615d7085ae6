import { readFileSync } from 'node:fs';
import { contractRequirements } from '@deephealth/proto';
import { describe, expect, it } from 'vitest';
import { loadCases } from '../src/cases/load-cases.js';
import { coverageFaults, coverageTable, parseIneligible } from '../src/requirements/coverage.js';
import { brokenIds, changedTexts, lockOf, normativeDigest, parseIdsLock } from '../src/requirements/ids-lock.js';
import { parseStandard, standardFaults } from '../src/requirements/standards.js';
import { REQUIREMENT_FILES, requirementFiles } from '../src/requirements/write-requirements.js';

const cases = loadCases();
const lock = parseIdsLock(readFileSync(REQUIREMENT_FILES.lock, 'utf8'));
const ineligible = parseIneligible(readFileSync(REQUIREMENT_FILES.ineligible, 'utf8'));
const [first, ...others] = cases;
if (first === undefined) throw new Error('there are no cases');

describe('the ids of cases', () => {
  it('stay: none is gone without a tombstone, and no text is another one than was locked', () => {
    expect(brokenIds(cases, lock)).toEqual([]);
    expect(changedTexts(cases, lock)).toEqual([]);
    expect(cases.filter(({ id }) => lock[id] === undefined).map(({ id }) => id)).toEqual([]);
  });

  it('are missed when they go, unless a tombstone says why', () => {
    expect(brokenIds(others, lock)).toEqual([expect.stringContaining(`${first.id} (${first.slug}) is gone`)]);
    const tombstone = { since: '9.0', why: 'The contract demands it no more.' };
    const buried = { ...lock, [first.id]: { ...lock[first.id], tombstone } } as typeof lock;
    expect(brokenIds(others, buried)).toEqual([]);
    expect(brokenIds(cases, buried)).toEqual([expect.stringContaining('is used again')]);
    expect(lockOf(others, buried)[first.id]?.tombstone).toEqual(tombstone);
  });

  it('are noticed when their text or level changes, and not when only its lines do', () => {
    expect(changedTexts([{ ...first, text: `${first.text} Or not.` }, ...others], lock)).toEqual([first.id]);
    expect(changedTexts([{ ...first, level: 'MAY' }, ...others], lock)).toEqual([first.id]);
    expect(normativeDigest({ ...first, text: first.text.replaceAll(' ', '\n  ') })).toBe(normativeDigest(first));
  });
});

describe('the coverage of the contract', () => {
  const requirements = contractRequirements();

  it('is whole: every requirement has a case, or a reason why not', () => {
    expect(coverageFaults(requirements, cases, ineligible)).toEqual([]);
  });

  it('finds what has none, a reason that is not needed, and what the contract does not hold', () => {
    const without = cases.map((one) => ({ ...one, requirement: one.requirement.filter((id) => id !== 'DH-R-015') }));
    expect(coverageFaults(requirements, without, ineligible)).toEqual([
      expect.stringContaining('DH-R-015 has no case'),
    ]);
    expect(coverageFaults(requirements, cases, { ...ineligible, 'DH-R-001': 'none' })).toHaveLength(1);
    const strange = [{ ...first, requirement: ['DH-R-999'] }, ...cases];
    expect(coverageFaults(requirements, strange, ineligible)).toEqual([expect.stringContaining('DH-R-999')]);
  });

  it('shows a requirement that nothing judges with the reason', () => {
    expect(coverageTable(requirements, [], { 'DH-R-001': 'Because.' })).toContain('not judged: Because.');
  });
});

describe('the coverage of CDS Hooks', () => {
  const standard = parseStandard(readFileSync(REQUIREMENT_FILES.cdsHooks, 'utf8'));

  it('is whole: every requirement has a case, or a reason why not', () => {
    expect(standardFaults(standard, cases)).toEqual([]);
    expect(Object.keys(standard).length).toBeGreaterThan(90);
  });

  it('finds what has none, a reason that is not needed, and what the list does not hold', () => {
    const without = cases.map((one) => ({ ...one, standard: one.standard?.filter((id) => id !== 'cds-hooks_2.0@54') }));
    expect(standardFaults(standard, without as typeof cases)).toEqual([
      'cds-hooks_2.0@54 has no case, and no reason why',
    ]);
    const judged = { ...standard, 'cds-hooks_2.0@4': { level: 'SHALL', text: '', unjudged: 'No.' } } as typeof standard;
    expect(standardFaults(judged, cases)).toEqual([expect.stringContaining('cds-hooks_2.0@4 has a case')]);
    const { 'cds-hooks_2.0@4': _, ...shorter } = standard;
    expect(standardFaults(shorter, cases)).toEqual([expect.stringContaining('cds-hooks_2.0@4, which is not in')]);
  });
});

describe('the generated pages', () => {
  it.each(Object.entries(requirementFiles()))('%s is as it should be', (path, text) => {
    expect(readFileSync(path, 'utf8')).toBe(text);
  });
});
