import type { runtimeV1 } from '@deephealth/proto';
import type { DecidedInput, DecidedOutput, DecidedRule, Decision, PremiseSource } from '../../expressif/decision.js';
import type { BoundPremise, BoundRuleBase } from '../../expressif/expressif-binding.js';
import type { OracleRules } from '../../expressif/oracle/read-rules.js';
import type { Evaluated } from '../../expressif/oracle/rule-oracle.js';
import type { OraclePremise } from '../../expressif/premise-oracle.js';
import { ruleId } from './reference-explanation.js';

type Answer = runtimeV1.PredictResponse__Output;

/** What a decision is made of. */
export interface DecisionParts {
  readonly id: string;
  readonly bound: BoundRuleBase;
  readonly rules: OracleRules;
  readonly version: number;
  readonly digest: string;
  readonly packageSha256: string;
  readonly requestId: string;
  readonly atMs: number;
  readonly evaluated: Evaluated;
  readonly premises: ReadonlyMap<string, OraclePremise>;
  /** Absent where no rule reads the model. */
  readonly answer?: Answer;
}

/** The answer to a question, without its reasons. Each part is a method of its own, so that a mutant can change it. */
export class ReferenceDecision {
  write(parts: DecisionParts): Omit<Decision, 'explanation' | 'text'> & { readonly schema: string } {
    const { requestId, atMs, evaluated } = parts;
    return {
      schema: 'deephealth.decision/1',
      requestId,
      at: new Date(atMs).toISOString(),
      ruleBase: this.ruleBase(parts),
      outputs: this.outputs(parts),
      rules: this.rules(evaluated),
      inputs: this.inputs(parts),
      clamped: this.clamped(evaluated),
      warnings: this.warnings(parts.answer),
      notice: 'Made for conformance tests: it answers no medical question.',
    };
  }

  ruleBase({ id, bound, version, digest, packageSha256 }: DecisionParts): Decision['ruleBase'] {
    return { id, title: bound.title, version, digest, packageSha256 };
  }

  outputs({ evaluated, bound, rules }: DecisionParts): Record<string, DecidedOutput> {
    return Object.fromEntries(
      rules.outputs.map(({ name }): [string, DecidedOutput] => {
        const { unit } = bound.outputs?.[name] ?? {};
        return [name, { ...(unit !== undefined && { unit }), ...this.output(name, evaluated) }];
      }),
    );
  }

  output(name: string, { outputs, rules }: Evaluated): DecidedOutput {
    const found = outputs[name];
    if (found === undefined) throw new RangeError('the rules have no such output');
    if (found.status === 'determinate') return found;
    const { status, reason, variable, degrees } = found;
    const waiting = rules.find(({ degree }) => degree === undefined);
    const cause = variable === undefined ? {} : { variable, rule: ruleId(waiting?.rule.number ?? 0) };
    return { status, reason, ...cause, degrees };
  }

  rules({ rules }: Evaluated): DecidedRule[] {
    return rules.map(({ rule, degree, fired }) => ({
      ...{ id: ruleId(rule.number), text: rule.text, fired },
      ...(degree !== undefined && { degree }),
    }));
  }

  inputs(parts: DecisionParts): Record<string, DecidedInput> {
    const { bound, evaluated, premises } = parts;
    const sources = this.sources(parts);
    return Object.fromEntries(
      Object.entries(evaluated.inputs).map(([name, one]): [string, DecidedInput] => {
        const unit = bound.variables[name]?.unit ?? '1';
        const source = sources[name];
        const about = { unit, ...(source !== undefined && { model: source }) };
        const relation = premises.get(name)?.relation;
        if (one.kind === 'value') return [name, { ...about, value: one.value }];
        if (one.kind === 'unknown') return [name, { ...about, absent: one.unknown.reason }];
        return [name, { ...about, degrees: one.degrees, ...(relation !== undefined && { relation }) }];
      }),
    );
  }

  /** What stands behind the variables that the model gives. */
  sources({ bound, answer }: DecisionParts): Record<string, PremiseSource> {
    if (answer === undefined) return {};
    return Object.fromEntries(
      Object.entries(bound.variables).flatMap(([name, { model }]) =>
        model === undefined ? [] : [[name, this.source(model, answer)]],
      ),
    );
  }

  source({ output, as }: BoundPremise, { provenance, requestId }: Answer): PremiseSource {
    const { modelName = '', modelVersion = '', packageSha256 = '', inputSha256 = '' } = provenance ?? {};
    return {
      model: { name: modelName, version: modelVersion, packageSha256 },
      ...{ inputSha256, requestId, output, transform: as },
    };
  }

  clamped({ clamped }: Evaluated): readonly string[] {
    return clamped;
  }

  warnings(answer: Answer | undefined): Decision['warnings'] {
    return (answer?.warnings ?? []).map(({ kind, field, message }) => ({ kind, field, message }));
  }
}
