import { describe, expect, it } from 'vitest';
import type { ConformanceCase } from './case-types.js';
import { planCase } from './load-cases.js';

// What a case writes for the value of `name`; a plain text here, not a template.
const PLACE = '$' + '{name}';

const one: ConformanceCase = {
  id: 'DH-CORE-901',
  slug: 'one',
  level: 'MUST',
  since: '0.1',
  profile: 'runtime-core',
  requirement: ['DH-R-001'],
  text: `The model ${PLACE} MUST be listed.`,
  each: { name: ['a', 'b'] },
  steps: [{ call: { rpc: 'ListModels', message: { name: PLACE } } }],
  kills: ['M-CORE-01'],
};
const again: ConformanceCase = {
  ...one,
  id: 'DH-ADP-901',
  profile: 'adapter-common',
  requirement: ['DH-R-002'],
  rerun: { profile: 'runtime-core', except: [{ id: 'DH-CORE-903', why: 'it concerns the runtime' }] },
  steps: [{ probe: { name: 'afterwards' } }],
  kills: ['M-ADP-01'],
};

describe('planCase', () => {
  it('runs a case once for each value, which it fills in', () => {
    const planned = planCase(one);
    expect(planned.map(({ parameters, text }) => [parameters, text])).toEqual([
      ['name=a', 'The model a MUST be listed.'],
      ['name=b', 'The model b MUST be listed.'],
    ]);
    expect(planned[1]?.steps).toEqual([{ call: { rpc: 'ListModels', message: { name: 'b' } } }]);
  });

  it('runs the cases of another profile under the id of the one that reruns them, its own steps last', () => {
    const others: ConformanceCase[] = [
      { ...one, id: 'DH-STRM-901', profile: 'runtime-streaming' },
      { ...one, id: 'DH-LIFE-901', needs: ['launched'] },
      { ...one, id: 'DH-LIFE-902', terminal: true },
      { ...one, id: 'DH-CORE-903' },
      { ...one, id: 'DH-CORE-902', each: { name: ['c'] }, requires: ['sequences'] },
    ];
    const planned = planCase(again, [one, again, ...others]);
    expect(planned.map(({ id, parameters }) => `${id}[${parameters}]`)).toEqual([
      'DH-ADP-901[case=DH-CORE-901,name=a]',
      'DH-ADP-901[case=DH-CORE-901,name=b]',
      'DH-ADP-901[case=DH-CORE-902,name=c]',
    ]);
    expect(planned[0]).toMatchObject({ level: 'MUST', profile: 'adapter-common', kills: ['M-ADP-01'] });
    expect(planned[0]?.requirement).toEqual(['DH-R-002', 'DH-R-001']);
    expect(planned[0]?.steps.at(-1)).toEqual({ probe: { name: 'afterwards' } });
    expect(planned[2]?.requires).toEqual(['sequences']);
  });
});
