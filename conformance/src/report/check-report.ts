import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { packageRoot } from '../package-root.js';

let compiled: ValidateFunction | undefined;

/** What is wrong with a report.json, each with its place; empty if nothing is. */
export function reportProblems(report: unknown): string[] {
  compiled ??= compile();
  if (compiled(report)) return [];
  return (compiled.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
}

function compile(): ValidateFunction {
  const schemaOf = (name: string) =>
    JSON.parse(readFileSync(join(packageRoot, 'schemas', `${name}.schema.json`), 'utf8')) as { $id: string };
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  for (const name of ['declaration', 'known-failures']) ajv.addSchema(schemaOf(name));
  return ajv.compile(schemaOf('report'));
}
