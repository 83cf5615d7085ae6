import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import type { ConformanceCase } from '../cases/case-types.js';
import { packageRoot } from '../package-root.js';

/** A failure that a vendor knows of and works on; schema in schemas/known-failures.schema.json. */
export interface KnownFailure {
  readonly id: string;
  /** `type=fp16`: only this run of the case. Without it, all of them. */
  readonly params?: string;
  readonly reason: string;
  /** Where it is followed up. */
  readonly issue: string;
  /** Last day on which it counts, `2026-12-31`. */
  readonly expires: string;
  /** It fails at times only. Such an entry lives 30 days at most. */
  readonly flaky?: boolean;
  /** How it fails: one that fails otherwise is a new failure. */
  readonly expect?: { readonly code?: string; readonly message?: string };
}

const DAY_MS = 86_400_000;
export const FLAKY_DAYS = 30;

/** The entries of a file. Throws Error that names what is wrong in it. `today` as `2026-11-29`. */
export function readKnownFailures(
  file: string,
  cases: readonly ConformanceCase[],
  today: string = dayOf(Date.now()),
): KnownFailure[] {
  return parseKnownFailures(readFileSync(file, 'utf8'), cases, today);
}

/** {@link readKnownFailures} of the text itself. */
export function parseKnownFailures(source: string, cases: readonly ConformanceCase[], today: string): KnownFailure[] {
  const schema = JSON.parse(readFileSync(join(packageRoot, 'schemas', 'known-failures.schema.json'), 'utf8'));
  const validate = new Ajv2020({ allErrors: true, strict: false }).compile(schema);
  const document: unknown = parse(source);
  if (!validate(document)) {
    const [problem] = validate.errors ?? [];
    throw new Error(`${problem?.instancePath || '/'} ${problem?.message}`);
  }
  const { knownFailures } = document as { knownFailures: KnownFailure[] };
  const ids = new Set(cases.map(({ id }) => id));
  const seen = new Set<string>();
  for (const entry of knownFailures) {
    const name = nameOfEntry(entry);
    if (!ids.has(entry.id)) throw new Error(`there is no case ${entry.id}`);
    if (seen.has(name)) throw new Error(`${name} stands there twice`);
    seen.add(name);
    if (dayOf(Date.parse(entry.expires)) !== entry.expires)
      throw new Error(`${name}: there is no day ${entry.expires}`);
    if (entry.flaky && entry.expires > dayOf(Date.parse(today) + FLAKY_DAYS * DAY_MS)) {
      throw new Error(
        `${name}: a flaky entry may live ${FLAKY_DAYS} days at most, so expires by ${dayOf(Date.parse(today) + FLAKY_DAYS * DAY_MS)}`,
      );
    }
  }
  return knownFailures;
}

export function nameOfEntry({ id, params }: Pick<KnownFailure, 'id' | 'params'>): string {
  return params === undefined ? id : `${id}[${params}]`;
}

export function isExpired({ expires }: KnownFailure, today: string): boolean {
  return expires < today;
}

/** The day of a time in UTC; empty for none. */
export function dayOf(time: number): string {
  return Number.isNaN(time) ? '' : new Date(time).toISOString().slice(0, 10);
}
