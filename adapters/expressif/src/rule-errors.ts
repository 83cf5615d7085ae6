import { DeepHealthError } from '@deephealth/sdk';

/** Where something stands in a text. Both count from 1. */
export type Position = { readonly line: number; readonly column: number };

/** A text that breaks its format. @param what a sentence without its full stop */
export function malformed(what: string, { line, column }: Position): DeepHealthError {
  return new DeepHealthError('DH_RULES_MALFORMED', `Line ${line}, column ${column}: ${what}.`, {
    details: { line: String(line), column: String(column) },
  });
}

/** A rule base that reads well and cannot be evaluated. @param what a sentence without its full stop */
export function inconsistent(what: string): DeepHealthError {
  return new DeepHealthError('DH_RULES_INCONSISTENT', `${what}.`);
}
