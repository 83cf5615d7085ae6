import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GoldenInput } from '@deephealth/sdk';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { packageRoot } from '../package-root.js';
import { TargetFailure } from '../run/case-result.js';
import type { RelationDegrees } from './oracle/relations.js';
import type { Reason } from './oracle/rule-oracle.js';
import type { ReadExplanation } from './read-explanation.js';

/** A question to a rule base; schemas/expressif-decision-request.schema.json. */
export interface Question {
  readonly values: Readonly<Record<string, Plain | Entry>>;
  readonly inputs?: Readonly<Record<string, GoldenInput>>;
  readonly at?: string;
  readonly languages?: readonly string[];
  readonly explain?: boolean;
  readonly requestId?: string;
}
export type Plain = number | string | boolean | null;
export type Entry =
  | { readonly value: Plain; readonly unit?: string; readonly at?: string }
  | { readonly degrees: Readonly<Record<string, number>>; readonly at?: string };

/** The answer; schemas/expressif-decision.schema.json. */
export interface Decision {
  readonly requestId: string;
  readonly at: string;
  readonly ruleBase: {
    readonly id: string;
    readonly title: string;
    readonly version: number;
    readonly digest: string;
    readonly packageSha256: string;
  };
  readonly outputs: Readonly<Record<string, DecidedOutput>>;
  readonly rules: readonly DecidedRule[];
  readonly inputs: Readonly<Record<string, DecidedInput>>;
  readonly clamped: readonly string[];
  readonly warnings: readonly { readonly kind: string; readonly field: string; readonly message: string }[];
  readonly explanation?: ReadExplanation;
  readonly text: Readonly<Record<string, string>>;
  readonly notice: string;
}

export interface DecidedOutput {
  readonly status: 'determinate' | 'indeterminate';
  readonly value?: number;
  readonly source?: 'rules' | 'default' | 'previous';
  readonly reason?: Reason;
  readonly variable?: string;
  readonly rule?: string;
  readonly unit?: string;
  readonly degrees: Readonly<Record<string, number>>;
}

export interface DecidedRule {
  readonly id: string;
  readonly text: string;
  readonly degree?: number;
  readonly fired: boolean;
}

export interface DecidedInput {
  readonly unit: string;
  readonly value?: number;
  readonly degrees?: Readonly<Record<string, number>>;
  readonly absent?: Reason;
  readonly relation?: RelationDegrees;
  readonly model?: PremiseSource;
}

/** What stands behind a premise that a model gives. */
export interface PremiseSource {
  readonly model: { readonly name: string; readonly version: string; readonly packageSha256: string };
  readonly inputSha256: string;
  readonly requestId: string;
  readonly output: string;
  readonly transform: string;
}

const SCHEMAS = { decision: 'expressif-decision', question: 'expressif-decision-request' } as const;
const compiled = new Map<string, ValidateFunction>();

/** What is wrong with a document by one of the schemas, the first thing; undefined if nothing is. */
export function schemaFault(kind: keyof typeof SCHEMAS, document: unknown): string | undefined {
  const validate = compiled.get(kind) ?? compile(SCHEMAS[kind]);
  compiled.set(kind, validate);
  if (validate(document)) return undefined;
  const [{ instancePath, message } = { instancePath: '', message: '' }] = validate.errors ?? [];
  return `${instancePath || '/'} ${message}`;
}

function compile(name: string): ValidateFunction {
  const schema = JSON.parse(readFileSync(join(packageRoot, 'schemas', `${name}.schema.json`), 'utf8')) as object;
  return new Ajv2020({
    strict: false,
    // JSON may say 1e999, which is no number that rules could read.
    strictNumbers: true,
    formats: { 'date-time': (text: string) => !Number.isNaN(Date.parse(text)) },
  }).compile(schema);
}

/** The output of RunBinding as a decision. Throws TargetFailure for what is none. */
export function readDecision(output: Uint8Array): Decision {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(output));
  } catch {
    throw new TargetFailure('the decision is no JSON in UTF-8');
  }
  const fault = schemaFault('decision', document);
  if (fault !== undefined) throw new TargetFailure(`the decision breaks its schema: ${fault}`);
  return document as Decision;
}
