import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * Processors that this process may use: those of its affinity mask, less what a control group
 * allows (cgroup v2 `cpu.max`, v1 `cpu.cfs_quota_us`), at least 1.
 */
export function threadBudget(readFile: (path: string) => string = (path) => readFileSync(path, 'utf8')): number {
  const cores = availableParallelism();
  const quota = quotaV2(readFile) ?? quotaV1(readFile);
  return Math.max(1, quota === undefined ? cores : Math.min(cores, Math.ceil(quota)));
}

function quotaV2(readFile: (path: string) => string): number | undefined {
  try {
    const [quota, period] = readFile('/sys/fs/cgroup/cpu.max').trim().split(' ').map(Number);
    return ratio(quota, period);
  } catch {
    return undefined;
  }
}

function quotaV1(readFile: (path: string) => string): number | undefined {
  try {
    const quota = Number(readFile('/sys/fs/cgroup/cpu/cpu.cfs_quota_us'));
    return ratio(quota, Number(readFile('/sys/fs/cgroup/cpu/cpu.cfs_period_us')));
  } catch {
    return undefined;
  }
}

function ratio(quota: number | undefined, period: number | undefined): number | undefined {
  const cores = (quota ?? Number.NaN) / (period ?? Number.NaN);
  return Number.isFinite(cores) && cores > 0 ? cores : undefined;
}
