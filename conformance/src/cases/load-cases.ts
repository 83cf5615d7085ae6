import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { packageRoot } from '../package-root.js';
import type { ConformanceCase, PlannedCase, Rerun } from './case-types.js';

/** All cases as the build has read and checked them (scripts/generate-cases.mjs); there is none beside the sources. */
const BUILT = new URL('./cases.json', import.meta.url);
/** Numbers that JSON does not have, as `{[NO_JSON]: "NaN"}`. */
const NO_JSON = '#number';

/**
 * Every case of the suite, in the order of the ids. Throws Error naming the file and place of what is wrong.
 * @param folder of YAML files; default those of the suite
 */
export function loadCases(folder?: string): ConformanceCase[] {
  if (folder === undefined && existsSync(BUILT)) return parseCases(readFileSync(BUILT, 'utf8'));
  return readCases(folder ?? join(packageRoot, 'cases'));
}

/** Cases as text that is read in a fraction of the time that YAML takes. */
export function formatCases(cases: readonly ConformanceCase[]): string {
  const isNoJson = (value: unknown) => typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0));
  return JSON.stringify(cases, (_, value) =>
    isNoJson(value) ? { [NO_JSON]: Object.is(value, -0) ? '-0' : String(value) } : value,
  );
}

/** What `formatCases` wrote. */
export function parseCases(text: string): ConformanceCase[] {
  return JSON.parse(text, (_, value) =>
    typeof value === 'object' && value !== null && NO_JSON in value ? Number(value[NO_JSON]) : value,
  );
}

function readCases(folder: string): ConformanceCase[] {
  const schema = JSON.parse(readFileSync(join(packageRoot, 'schemas', 'case.schema.json'), 'utf8'));
  const validate = new Ajv2020({ allErrors: true, strict: false }).compile(schema);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));
  const cases = files.sort().flatMap((file) => {
    const document: unknown = parse(readFileSync(join(folder, file), 'utf8'));
    if (!validate(document)) {
      const [problem] = validate.errors ?? [];
      throw new Error(`${file}${problem?.instancePath}: ${problem?.message}`);
    }
    return (document as { cases: ConformanceCase[] }).cases;
  });
  cases.sort((a, b) => (a.id < b.id ? -1 : 1));
  const twice = cases.find((one, index) => cases[index + 1]?.id === one.id);
  if (twice !== undefined) throw new Error(`two cases have the id ${twice.id}`);
  return cases;
}

/** A case once for each combination of its values, or for each case of `all` that it runs once more. */
export function planCase(one: ConformanceCase, all: readonly ConformanceCase[] = []): PlannedCase[] {
  if (one.rerun !== undefined) return planReruns(one, one.rerun, all);
  const { each = {}, rerun: _, ...rest } = one;
  const combinations = Object.entries(each).reduce<Record<string, string>[]>(
    (known, [name, values]) => known.flatMap((some) => values.map((value) => ({ ...some, [name]: value }))),
    [{}],
  );
  return combinations.map((values) => ({
    ...(fillIn(rest, values) as Omit<ConformanceCase, 'each'>),
    parameters: Object.entries(values)
      .map(([name, value]) => `${name}=${value}`)
      .join(','),
  }));
}

/** What a runtime must do, asked of what stands before one. What ends or measures a process is not: it is another's. */
function planReruns(
  one: ConformanceCase,
  { profile, except = [] }: Rerun,
  all: readonly ConformanceCase[],
): PlannedCase[] {
  const { rerun: _, each: __, ...own } = one;
  return (
    all
      .filter((other) => other.profile === profile && !other.terminal && (other.needs ?? []).length === 0)
      .filter((other) => !except.some(({ id }) => id === other.id))
      // What only should be of a runtime cannot be a must of what stands before it.
      .filter((other) => own.level !== 'MUST' || other.level === 'MUST')
      .flatMap((other) => planCase(other))
      .map(({ id, requires, requirement, parameters, steps }) => ({
        ...own,
        ...(requires !== undefined && { requires }),
        requirement: [...new Set([...own.requirement, ...requirement])],
        steps: [...steps, ...own.steps],
        parameters: [`case=${id}`, parameters].filter((part) => part !== '').join(','),
      }))
  );
}

function fillIn(part: unknown, values: Readonly<Record<string, string>>): unknown {
  if (typeof part === 'string') return part.replace(/\$\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
  if (Array.isArray(part)) return part.map((one) => fillIn(one, values));
  if (typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [fillIn(name, values), fillIn(value, values)]));
}
