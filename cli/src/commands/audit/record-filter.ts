import type { RecordFilter } from '@deephealth/runtime';
import { type Command, InvalidArgumentError } from 'commander';

export interface FilterFlags {
  readonly from?: number;
  readonly to?: number;
  readonly kind?: string[];
}

/** Adds the options that choose records. */
export function withFilterOptions(command: Command): Command {
  return command
    .option('--from <time>', 'from then on: 2026-01-31, or with a time as in 2026-01-31T08:00:00Z', parseTime)
    .option('--to <time>', 'before then', parseTime)
    .option(
      '--kind <kind...>',
      'inference, refusal, access-denied, control, model-state, server-start, server-stop, ...',
    );
}

export function toFilter({ from, to, kind }: FilterFlags): RecordFilter {
  return {
    ...(from !== undefined && { fromMs: from }),
    ...(to !== undefined && { toMs: to }),
    ...(kind && { kinds: kind }),
  };
}

function parseTime(text: string): number {
  const ms = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isNaN(ms))
    throw new InvalidArgumentError('Expected a date or a time with its zone, as in 2026-01-31T08:00:00Z.');
  return ms;
}
