import { readFileSync } from 'node:fs';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { TIMEOUTS_MS } from '../run/timeouts.js';

/** Where a run took place: what may explain a difference between two of them. */
export interface Environment {
  readonly platform: string;
  readonly processor: string;
  /** What it can compute with at once, of those that change results or times. */
  readonly processorFlags: readonly string[];
  readonly cores: number;
  readonly memoryMiB: number;
  readonly node: string;
  /** How the target was reached. */
  readonly transport: string;
  /** Whether the suite started the target. */
  readonly isLaunched: boolean;
  readonly timeScale: number;
  readonly timeoutsMs: Readonly<Record<string, number>>;
}

const FLAGS =
  /^(?:sse4_2|avx|avx2|avx512f|avx512_bf16|avx512_fp16|avx512_vnni|amx_tile|fma|f16c|asimd|asimdhp|sve|bf16)$/;
const MIB = 1024 * 1024;

export function environmentOf(options: {
  readonly transport: string;
  readonly isLaunched: boolean;
  readonly timeScale: number;
}): Environment {
  return {
    platform: `${platform()} ${release()} ${arch()}`,
    processor: cpus()[0]?.model ?? 'unknown',
    processorFlags: processorFlags(),
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / MIB),
    node: process.versions.node,
    ...options,
    timeoutsMs: TIMEOUTS_MS,
  };
}

/** As Linux names them; elsewhere nobody says. */
function processorFlags(): string[] {
  try {
    const line = /^(?:flags|Features)\s*:(?<flags>.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.groups?.flags;
    return (line ?? '')
      .split(/\s+/)
      .filter((flag) => FLAGS.test(flag))
      .sort();
  } catch {
    return [];
  }
}
