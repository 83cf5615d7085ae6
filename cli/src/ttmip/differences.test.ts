import { describe, expect, it } from 'vitest';
import { cardDifferences } from './check-cds.js';
import { premiseDifferences } from './check-expressif.js';

type Expected = Parameters<typeof cardDifferences>[1];

const P = 0.8765432000160217;
const CLASSES = [
  { label: 'no', probability: 1 - P },
  { label: 'yes', probability: P },
];
const expected = (more: object = {}) =>
  ({
    findings: [{ name: 'risk', classification: { classes: CLASSES, decision: ['yes'], abstained: false, ...more } }],
    provenance: { packageSha256: 'aa' },
  }) as unknown as Expected;

describe('cardDifferences', () => {
  const service = { output: 'risk' } as Parameters<typeof cardDifferences>[2];
  const card = (finding: object = {}, packageSha256 = 'aa') => ({
    'eu.deephealth.finding': { label: 'yes', probability: P, classes: CLASSES, ...finding },
    'eu.deephealth.provenance': { packageSha256 },
  });

  it('finds none in a card that says what the contract says', () => {
    expect(cardDifferences(card(), expected(), service)).toEqual([]);
    expect(cardDifferences(card({ isAbstained: true }), expected({ abstained: true }), service)).toEqual([]);
  });

  it.each([
    ['the last bit of a probability', card({ probability: P + 2 ** -53 }), expected(), /probability/],
    ['a class that is left out', card({ classes: [CLASSES[1]] }), expected(), /probability of no/],
    ['another package', card({}, 'bb'), expected(), /package digest/],
    ['a number of a model that abstains', card(), expected({ abstained: true }), /abstention/],
    ['a card without anything for programs', {}, expected(), /package digest/],
  ])('sees %s', (_what, extension, response, says) => {
    expect(cardDifferences(extension, response, service).join()).toMatch(says);
  });
});

describe('premiseDifferences', () => {
  const value = { as: 'value', output: 'risk', label: 'yes', unit: '1', scale: 100 } as const;
  const degrees = { as: 'degrees', output: 'risk', terms: { high: ['yes'] }, transform: 'probability' } as const;
  type Decision = Parameters<typeof premiseDifferences>[2];
  const decision = (x: object) => ({ inputs: { x: { unit: '1', ...x } } }) as unknown as Decision;

  it('finds none where the rules were told what the contract says', () => {
    expect(premiseDifferences('x', value, decision({ value: 100 * P }), expected())).toEqual([]);
    expect(premiseDifferences('x', degrees, decision({ degrees: { high: P } }), expected())).toEqual([]);
    const abstained = expected({ abstained: true });
    expect(premiseDifferences('x', value, decision({ absent: 'abstained' }), abstained)).toEqual([]);
  });

  it.each([
    ['another number', value, { value: 100 * P + 2 ** -46 }, expected()],
    ['none', value, { absent: 'missing' }, expected()],
    ['a number of a model that abstains', value, { value: 100 * P }, expected({ abstained: true })],
    ['another degree', degrees, { degrees: { high: 1 - P } }, expected()],
    ['a number in place of degrees', degrees, { value: P }, expected()],
  ])('sees %s', (_what, model, given, response) => {
    expect(premiseDifferences('x', model, decision(given), response)).toHaveLength(1);
  });
});
