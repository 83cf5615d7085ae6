import { DeepHealthError } from '@deephealth/sdk';
import { oracleRules, type PlacedRuleBase, placedBases } from '../expressif/expressif-models.js';
import { rulesOf } from '../expressif/oracle/read-rules.js';
import { answersInputs, type NullTarget, nothing } from './null-target.js';

const JSON_TYPE = 'application/json';
const DIGEST = '0'.repeat(64);

const asked = (id: string, title: string, answer: (base: PlacedRuleBase, input: Buffer) => unknown): NullTarget =>
  answersInputs(
    id,
    title,
    // Made when it is started: to list the rule bases is to make them.
    () => placedBases().map(({ id: binding, model }) => ({ id: binding, modelName: model })),
    ({ bindingId, input }) => {
      const base = placedBases().find((one) => one.id === bindingId);
      if (base === undefined) throw new DeepHealthError('DH_BINDING_NOT_FOUND', 'There is no such rule base.');
      return { output: Buffer.from(JSON.stringify(answer(base, input))), mediaType: JSON_TYPE };
    },
  );

/** What answers without evaluating anything. None of them may pass a single MUST. */
export const NULL_EXPRESSIF: readonly NullTarget[] = [
  nothing('N-R1', 'knows no rules', 'N-1'),
  nothing('N-R2', 'answers everything with nothing', 'N-2'),
  nothing('N-R4', 'never answers', 'N-4'),
  nothing('N-R5', 'ends every connection', 'N-5'),
  asked('N-R6', 'gives every question back as its decision', (_, input) => ({ input: input.toString('latin1') })),
  asked('N-R7', 'decides nothing, in a decision that keeps its schema', (base) => decision(base, undefined)),
  asked('N-R8', 'decides the same of every question', (base) => decision(base, 50)),
  asked('N-R9', 'refuses every question', () => {
    throw new DeepHealthError('DH_REQUEST_MALFORMED', 'No question is right.');
  }),
];

function decision(base: PlacedRuleBase, value: number | undefined) {
  const { outputs, ...rules } = oracleRules(base);
  const head = { degrees: {} };
  const output =
    value === undefined
      ? { status: 'indeterminate', reason: 'nothing-fired', ...head }
      : { status: 'determinate', value, source: 'rules', ...head };
  return {
    ...{ schema: 'deephealth.decision/1', requestId: 'none', at: '2026-01-01T00:00:00Z', clamped: [], warnings: [] },
    ruleBase: { id: base.id, title: base.bound.title, version: 1, digest: DIGEST, packageSha256: DIGEST },
    outputs: Object.fromEntries(outputs.map(({ name }) => [name, output])),
    rules: rulesOf({ outputs, ...rules }).map(({ number, text }) => ({
      id: `${number}`,
      text,
      degree: 0,
      fired: false,
    })),
    inputs: Object.fromEntries(
      Object.entries(base.bound.variables).map(([name, { unit }]) => [name, { unit, absent: 'missing' }]),
    ),
    ...{ text: {}, notice: 'Nothing was evaluated.' },
  };
}
