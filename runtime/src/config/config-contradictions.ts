import type { ConfigProblem } from './config-schema.js';
import type { ServerConfig } from './server-config.js';

/** Settings of a valid document that would have no effect, because another one is not what they need. */
export function configContradictions({ repository, tracing, audit, rollouts = {} }: ServerConfig): ConfigProblem[] {
  const { mode = 'none', pollIntervalMs, load } = repository ?? {};
  const problems: ConfigProblem[] = [];
  const needs = (field: string, other: string, value: string, received: string) =>
    problems.push({
      field,
      expected: `${other} ${value}`,
      received,
      sentence: `Field "${field}" has no effect unless "${other}" is ${value}; it is ${received}. Change one of them.`,
    });
  if (load !== undefined && mode !== 'explicit') {
    needs('/repository/load', '/repository/mode', '"explicit"', `"${mode}"`);
  }
  if (pollIntervalMs !== undefined && mode !== 'poll') {
    needs('/repository/pollIntervalMs', '/repository/mode', '"poll"', `"${mode}"`);
  }
  if (tracing?.sampleRatio !== undefined && tracing.otlpEndpoint === undefined) {
    needs('/tracing/sampleRatio', '/tracing/otlpEndpoint', 'set', 'not set');
  }
  if (audit?.enabled === false) {
    for (const field of Object.keys(audit)) {
      if (field !== 'enabled') needs(`/audit/${field}`, '/audit/enabled', 'true', 'false');
    }
  }
  for (const [model, { candidate, shadow }] of Object.entries(rollouts)) {
    if (candidate === undefined || candidate.version !== shadow?.version) continue;
    const field = `/rollouts/${model}/shadow/version`;
    problems.push({
      field,
      expected: 'another version than that of the candidate',
      received: 'the same',
      sentence: `Field "${field}" names the candidate, and a version that answers is not in the shadow. Name another one, or leave "shadow" out.`,
    });
  }
  return problems;
}
