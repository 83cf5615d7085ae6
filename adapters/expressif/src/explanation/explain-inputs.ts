import type { CompiledRuleBase } from '../engine/compile-rule-base.js';
import type { Trace } from '../engine/evaluation-run.js';
import type { AdmittedInput } from '../engine/input-value.js';
import type { InputVariable } from '../knowledge-base.js';
import type { InputExplanation, InputSource } from './explanation.js';

/** What the caller knows of the variables beyond the rule base. */
export type VariableNotes = {
  /** Units by the names of variables. */
  readonly units?: Readonly<Record<string, string>> | undefined;
  /** What stands behind inputs, by their names. */
  readonly sources?: Readonly<Record<string, InputSource>> | undefined;
};

/** Each input as the rules read it, by its name. */
export function explainInputs(
  compiled: CompiledRuleBase,
  { inputs }: Trace,
  notes: VariableNotes,
): ReadonlyMap<string, InputExplanation> {
  return new Map(
    [...compiled.inputs.values()].map((input) => [
      input.name,
      explainInput(input, inputs.get(input.name) as AdmittedInput, notes),
    ]),
  );
}

/** @returns the entry that a record itself holds, not its prototype */
export function ownEntry<Entry>(record: Readonly<Record<string, Entry>> | undefined, name: string): Entry | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

function explainInput(
  { name, enabled, range: [low, high] }: InputVariable,
  admitted: AdmittedInput,
  { units, sources }: VariableNotes,
): InputExplanation {
  const unit = ownEntry(units, name);
  const source = ownEntry(sources, name);
  return {
    name,
    isEnabled: enabled,
    given: admitted.kind === 'fault' ? 'none' : admitted.kind,
    ...(admitted.kind === 'value' && Number.isFinite(admitted.value) ? { value: admitted.value } : {}),
    ...(admitted.kind === 'value' && admitted.isClamped ? { isClamped: true } : {}),
    ...(admitted.kind === 'fault' ? { fault: admitted.fault.reason } : {}),
    ...(unit === undefined ? {} : { unit }),
    ...(Number.isFinite(low) ? { low } : {}),
    ...(Number.isFinite(high) ? { high } : {}),
    ...(source === undefined ? {} : { source }),
  };
}
