import { describe, expect, it } from 'vitest';
import type { CaseResult } from '../run/case-result.js';
import { toKilling } from './killing.js';

const results = (...statuses: CaseResult['status'][]) => statuses.map((status) => ({ status }) as CaseResult);

describe('toKilling', () => {
  it('takes a failure or a warning for a kill, and a fault of the suite for none', () => {
    const mutant = { id: 'M-1', title: 'one' };
    expect(
      toKilling(mutant, [
        ['fails', results('pass', 'fail')],
        ['warns', results('warn')],
        ['passes', results('pass')],
        ['breaks', results('fail', 'error')],
        ['does not run', []],
      ]),
    ).toEqual({ mutant, killedBy: ['fails', 'warns'], survived: ['passes', 'breaks', 'does not run'] });
  });
});
