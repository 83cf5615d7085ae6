import { describe, expect, it } from 'vitest';
import type { Activation } from '../knowledge-base.js';
import { selectRules } from './select-rules.js';

describe('selectRules', () => {
  it.each<[Activation, number[]]>([
    [{ name: 'General' }, [0, 0.2, 0.8, 0.2]],
    [{ name: 'First', count: 1, threshold: 0 }, [0, 0.2, 0, 0]],
    [{ name: 'First', count: 1, threshold: 0.5 }, [0, 0, 0.8, 0]],
    [{ name: 'Last', count: 2, threshold: 0 }, [0, 0, 0.8, 0.2]],
    [{ name: 'Highest', count: 2 }, [0, 0.2, 0.8, 0]],
    [{ name: 'Lowest', count: 1 }, [0, 0.2, 0, 0]],
    [{ name: 'Threshold', comparison: '>=', threshold: 0.8 }, [0, 0, 0.8, 0]],
    [{ name: 'Threshold', comparison: '<', threshold: 0.8 }, [0, 0.2, 0, 0.2]],
  ])('%o lets %o of 0, 0.2, 0.8, 0.2 fire', (activation, expected) => {
    expect(selectRules(activation, [0, 0.2, 0.8, 0.2], 1e-6)).toEqual(expected);
  });

  it('shares by the sum where it is proportional, and divides nothing by 0', () => {
    expect(selectRules({ name: 'Proportional' }, [0.25, 0.75, 0], 1e-6)).toEqual([0.25, 0.75, 0]);
    expect(selectRules({ name: 'Proportional' }, [0, 0], 1e-6)).toEqual([0, 0]);
  });

  it('takes a degree up to epsilon for none', () => {
    expect(selectRules({ name: 'General' }, [1e-6, 1.1e-6], 1e-6)).toEqual([0, 1.1e-6]);
  });
});
