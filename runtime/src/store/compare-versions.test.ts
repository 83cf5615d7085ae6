import { seededRandom } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { compareVersions, isVersion } from './compare-versions.js';

describe('a version', () => {
  it.each(['1', '0', '12', '1.2', '1.2.0', '999999999.0.1', '1-rc.1', '1.2.0-alpha', '1.2.3-0a.B-c'])(
    'may be written "%s"',
    (text) => expect(isVersion(text)).toBe(true),
  );

  it.each([
    '',
    'v1',
    '1.',
    '.1',
    '1.2.3.4',
    '1..2',
    '-1',
    '1-',
    '1-.a',
    '1+build',
    '1_2',
    ' 1',
    '1 ',
    '1\n',
    '..',
    '1/2',
  ])('may not be written "%s"', (text) => expect(isVersion(text)).toBe(false));

  it('has no part of more digits than a number holds exactly', () => {
    expect(isVersion('999999999')).toBe(true);
    expect(isVersion('9999999999')).toBe(false);
  });
});

describe('the order of versions', () => {
  it('is that of numbers, not of texts', () => {
    const sorted = ['10', '9', '1.10', '1.9', '2', '1.9.10', '1.9.9'].sort(compareVersions);
    expect(sorted).toEqual(['1.9', '1.9.9', '1.9.10', '1.10', '2', '9', '10']);
  });

  it('takes parts that are left out as 0', () => {
    expect([compareVersions('1', '1.0.0'), compareVersions('1.2', '1.2.0')]).toEqual([0, 0]);
    expect(compareVersions('1', '1.0.1')).toBeLessThan(0);
  });

  it('is that of Semantic Versioning 2.0, item 11, in pre-releases', () => {
    const ordered = [
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
    ];
    for (const [i, a] of ordered.entries()) {
      for (const [j, b] of ordered.entries()) {
        expect(Math.sign(compareVersions(a, b)), `${a} and ${b}`).toBe(Math.sign(i - j));
      }
    }
  });

  it('is one order: it has no circles and does not depend on who asks', () => {
    const random = seededRandom(1);
    const number = () => Math.floor(random() * 3);
    const pre = () => ['', '', '-a', '-a.1', '-1', '-2.b', '-10'][Math.floor(random() * 7)];
    const version = () =>
      `${number()}${random() < 0.7 ? `.${number()}${random() < 0.7 ? `.${number()}` : ''}` : ''}${pre()}`;
    for (let round = 0; round < 3000; round++) {
      const [a, b, c] = [version(), version(), version()];
      expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a)), `${a} ${b}`).toBe(0);
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) {
        expect(compareVersions(a, c), `${a} ${b} ${c}`).toBeLessThanOrEqual(0);
      }
    }
  });
});
