import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { packageRoot } from '../package-root.js';

/** Version of what the suite and a harness say to each other; schema in schemas/harness.schema.json. */
export const HARNESS_PROTOCOL = 1;

/** What a harness may be asked to do to its runtime. One that cannot says so. */
export const FAULT_KINDS = ['storeReadError', 'hostLost', 'hostStalled', 'runError'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** Model of the suite that is concerned. */
  readonly model: string;
  /** How long it lasts, for `hostStalled`. */
  readonly milliseconds?: number;
}

/** What `start` is told. */
export interface StartOrder {
  /** Folder with the suite's models, each as `<name>/<version>/`. The harness must leave it as it is. */
  readonly models: string;
  /** For later versions; what a harness does not know it leaves aside. */
  readonly options: Readonly<Record<string, unknown>>;
}

export type HarnessCommand =
  | ({ readonly command: 'start'; readonly protocol: number } & StartOrder)
  | { readonly command: 'reset' }
  | { readonly command: 'inject'; readonly fault: Fault }
  | { readonly command: 'stop' };

export type CommandName = HarnessCommand['command'];

/** A line of the harness: what it was asked to tell, or why it could not. */
export interface HarnessAnswer {
  readonly id: number;
  /** Of `start`. */
  readonly address?: string;
  /** Of `inject`, from a harness that cannot do this to its runtime. */
  readonly unsupported?: boolean;
  readonly error?: { readonly message: string };
}

let schema: { readonly command: ValidateFunction; readonly answer: ValidateFunction } | undefined;

function validators() {
  if (schema !== undefined) return schema;
  const document = JSON.parse(readFileSync(join(packageRoot, 'schemas', 'harness.schema.json'), 'utf8'));
  const ajv = new Ajv2020({ strict: false }).addSchema(document, 'harness');
  const of = (name: string) => ajv.getSchema(`harness#/$defs/${name}`) as ValidateFunction;
  schema = { command: of('command'), answer: of('answer') };
  return schema;
}

/** What is wrong with a line; its id, if it has one all the same. */
export interface Misread {
  readonly problem: string;
  readonly id?: number;
}

/** The answer that a harness wrote. */
export function parseAnswer(line: string): HarnessAnswer | Misread {
  return parse<HarnessAnswer>(line, validators().answer);
}

/** A line that the suite wrote, on the harness's side. */
export function parseCommand(line: string): (HarnessCommand & { readonly id: number }) | Misread {
  return parse<HarnessCommand & { readonly id: number }>(line, validators().command);
}

function parse<T>(line: string, validate: ValidateFunction): T | Misread {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch {
    return { problem: 'it is no JSON' };
  }
  if (validate(message)) return message as T;
  const [first] = validate.errors ?? [];
  const { id } = (message ?? {}) as { id?: unknown };
  return {
    problem: `${first?.instancePath || 'it'} ${first?.message}`,
    ...(typeof id === 'number' && { id }),
  };
}
