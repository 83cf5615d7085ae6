import type { ErrorCode } from '../errors/catalog.js';

/**
 * Something about a graph that keeps it from serving (`error`) or that a person should know before
 * it does (`warning`).
 */
export interface GraphFinding {
  /** For a warning: the error that it may lead to later. */
  readonly code: ErrorCode;
  readonly severity: 'error' | 'warning';
  /** Name of the input, output, node, constant or operator domain. */
  readonly subject: string;
  readonly message: string;
  /** What to do about it, as an instruction. */
  readonly fix: string;
}

/** A finding that keeps the graph from serving. */
export function errorFinding(code: ErrorCode, subject: string, message: string, fix: string): GraphFinding {
  return { code, severity: 'error', subject, message, fix };
}

/** A finding that does not. */
export function warningFinding(code: ErrorCode, subject: string, message: string, fix: string): GraphFinding {
  return { code, severity: 'warning', subject, message, fix };
}
