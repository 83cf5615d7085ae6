import { describe, expect, it } from 'vitest';
import { adapterOption, asksForAll, namedAdapters, planAdapters } from './plan-adapters.js';

const SEVERAL = ['expressif', 'digital-pathology', 'piaf'] as const;

describe('the flag --adapter', () => {
  it('collects names, each once in the order given, and stands for all', () => {
    const adapter = ['piaf', 'expressif', 'piaf'].reduce<ReturnType<typeof adapterOption>>(
      (earlier, one) => adapterOption(one, earlier),
      [],
    );
    expect(namedAdapters({ adapter })).toEqual(['piaf', 'expressif']);
    expect(asksForAll({ adapter })).toBe(false);
    expect(namedAdapters({ adapter: ['all'] })).toHaveLength(4);
    expect(asksForAll({ adapter: ['piaf', 'all'] })).toBe(true);
  });

  it('refuses another name', () => {
    expect(() => adapterOption('lumen')).toThrow(/clinical-decision-support, .*, all/);
  });
});

describe('planAdapters', () => {
  it('starts one as its flags say, and leaves what they do not say to its own defaults', () => {
    expect(planAdapters(['piaf'], { adapterConfig: ['a=b.json'], adapterPort: 9000 })).toEqual([
      { adapter: 'piaf', adapterConfig: 'a=b.json', adapterPort: 9000 },
    ]);
    expect(planAdapters(['digital-pathology'], { adapterContractPort: 7 })).toEqual([
      { adapter: 'digital-pathology', adapterContractPort: 7 },
    ]);
    expect(planAdapters([], {})).toEqual([]);
  });

  it('counts ports upwards, those of HTTP over the adapters that have it', () => {
    expect(planAdapters(SEVERAL, { adapterPort: 9000, adapterContractPort: 9100 })).toMatchObject([
      { adapter: 'expressif', adapterPort: 9000, adapterContractPort: 9100 },
      { adapter: 'digital-pathology', adapterContractPort: 9101 },
      { adapter: 'piaf', adapterPort: 9001, adapterContractPort: 9102 },
    ]);
    const [, pathology] = planAdapters(SEVERAL, { adapterPort: 9000 });
    expect(pathology).not.toHaveProperty('adapterPort');
  });

  it('takes free ports for all where 0 is asked for, and ports after each other where nothing is', () => {
    expect(planAdapters(SEVERAL, { adapterPort: 0 }).map(({ adapterPort }) => adapterPort)).toEqual([0, undefined, 0]);
    const plans = planAdapters(SEVERAL, {});
    expect(plans.map(({ defaultPort }) => defaultPort)).toEqual([8081, undefined, 8082]);
    expect(plans.map(({ adapterPort }) => adapterPort)).toEqual([undefined, undefined, undefined]);
  });

  it('gives each its own configuration', () => {
    const plans = planAdapters(SEVERAL, { adapterConfig: ['piaf=/x=y.json', 'expressif=rules.json'] });
    expect(plans.map(({ adapterConfig }) => adapterConfig)).toEqual(['rules.json', undefined, '/x=y.json']);
  });

  it.each([
    ['a file that is nobody’s', SEVERAL, { adapterConfig: ['rules.json'] }, /piaf=file/],
    ['one of an adapter that is not served', ['piaf'], { adapterConfig: ['expressif=a'] }, /not served/],
    ['two of one', SEVERAL, { adapterConfig: ['piaf=a', 'piaf=b'] }, /twice for piaf/],
    ['ports beyond the last', SEVERAL, { adapterPort: 65_535 }, /beyond 65535/],
  ] as const)('refuses %s', (_what, names, selection, says) => {
    expect(() => planAdapters(names, selection)).toThrow(says);
  });
});
