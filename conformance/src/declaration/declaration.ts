import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import type { Profile } from '../cases/case-types.js';
import type { NumericProfile } from '../compare/compare-numbers.js';
import { packageRoot } from '../package-root.js';

/** What a vendor claims, as conformance.yaml says it; schema in schemas/declaration.schema.json. */
export interface Declaration {
  readonly implementation: Implementation;
  readonly contract: 'v1';
  readonly profiles: readonly Profile[];
  /** By their names in GetServerInfo: offered, or expressly not. Default none. */
  readonly features?: Readonly<Record<string, boolean>>;
  /** Default `standard`. */
  readonly numericProfile?: NumericProfile;
}

export interface Implementation {
  readonly organization: string;
  readonly project: string;
  readonly version: string;
  readonly url?: string;
  readonly contact?: readonly string[];
}

/** Throws Error that names what is wrong in the file. */
export function readDeclaration(file: string): Declaration {
  return parseDeclaration(readFileSync(file, 'utf8'));
}

/** {@link readDeclaration} of the text itself. */
export function parseDeclaration(source: string): Declaration {
  const schema = JSON.parse(readFileSync(join(packageRoot, 'schemas', 'declaration.schema.json'), 'utf8'));
  const validate = new Ajv2020({ allErrors: true, strict: false }).compile(schema);
  const document: unknown = parse(source);
  if (!validate(document)) {
    const [problem] = validate.errors ?? [];
    const named = problem?.params as { additionalProperty?: string; allowedValues?: string[] } | undefined;
    const more = named?.additionalProperty ?? named?.allowedValues?.join(', ');
    throw new Error(`${problem?.instancePath || '/'} ${problem?.message}${more === undefined ? '' : `: ${more}`}`);
  }
  return document as Declaration;
}
