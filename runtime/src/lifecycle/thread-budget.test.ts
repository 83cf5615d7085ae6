import { availableParallelism } from 'node:os';
import { describe, expect, it, vi } from 'vitest';
import { threadBudget } from './thread-budget.js';

vi.mock('node:os', async (original) => ({
  ...(await original<typeof import('node:os')>()),
  availableParallelism: vi.fn(() => 16),
}));

const V2 = '/sys/fs/cgroup/cpu.max';
const V1_QUOTA = '/sys/fs/cgroup/cpu/cpu.cfs_quota_us';
const V1_PERIOD = '/sys/fs/cgroup/cpu/cpu.cfs_period_us';

/** Budget on a machine of 16 processors with these files. */
function budgetWith(files: Readonly<Record<string, string>>): number {
  return threadBudget((path) => {
    const content = files[path];
    if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return content;
  });
}

describe('the thread budget', () => {
  it('is the number of processors where no control group says less', () => {
    expect(budgetWith({})).toBe(16);
    expect(budgetWith({ [V2]: 'max 100000\n' })).toBe(16);
    expect(budgetWith({ [V1_QUOTA]: '-1\n', [V1_PERIOD]: '100000\n' })).toBe(16);
  });

  it.each([
    ['200000 100000\n', 2],
    ['150000 100000', 2],
    ['100001 100000', 2],
    ['50000 100000\n', 1],
    ['1000 100000\n', 1],
    ['3200000 100000\n', 16],
  ])('is the quota of cgroup v2 "%s", rounded up, between 1 and the processors', (text, expected) => {
    expect(budgetWith({ [V2]: text })).toBe(expected);
  });

  it.each([
    ['400000', '100000', 4],
    ['25000', '50000', 1],
    ['9000000', '100000', 16],
  ])('is the quota of cgroup v1 %s / %s', (quota, period, expected) => {
    expect(budgetWith({ [V1_QUOTA]: `${quota}\n`, [V1_PERIOD]: `${period}\n` })).toBe(expected);
  });

  it('goes by v2 where both are there, and by v1 where v2 sets no limit', () => {
    const v1 = { [V1_QUOTA]: '300000', [V1_PERIOD]: '100000' };
    expect(budgetWith({ [V2]: '200000 100000', ...v1 })).toBe(2);
    expect(budgetWith({ [V2]: 'max 100000', ...v1 })).toBe(3);
  });

  it.each(['', 'none', '0 100000', '-5 100000', '100000', '100000 0', 'max', 'NaN NaN'])(
    'takes the processors where the file says "%s"',
    (text) => {
      expect(budgetWith({ [V2]: text })).toBe(16);
    },
  );

  it('is at least 1, and reads the files of this machine by itself', () => {
    vi.mocked(availableParallelism).mockReturnValueOnce(1);
    expect(budgetWith({ [V2]: '1 100000' })).toBe(1);
    expect(threadBudget()).toBeGreaterThanOrEqual(1);
  });
});
