// Rules alone, model alone, and rules with the model as a premise, on the Cleveland table.
import { createEngine, type Engine, type KnowledgeBase } from '@deephealth/adapter-expressif';
import { type Cleveland, findingsOf, isComplete, type Patient } from './cleveland-table.js';
import { fitHeartModel, outOfFold, trainHeartModel } from './heart-model.js';
import { bootstrap, type Interval, rocArea } from './roc-area.js';

/** Set before anything was computed. The seed is that of the model's own split. */
export const PROTOCOL = { folds: 10, reshufflings: 20, resamples: 2000, seed: 2024 } as const;

/** The penalty with which the model of this repository was fitted to its 227 training patients. */
const SHIPPED_STRENGTH = 0.3;

export type RuleBases = { readonly rules: KnowledgeBase; readonly hybrid: KnowledgeBase };

type Areas = Readonly<Record<'rules' | 'model' | 'hybrid' | 'hybridMinusModel' | 'hybridMinusRules', Interval>>;

export type Study = {
  readonly protocol: typeof PROTOCOL;
  readonly patients: { readonly all: number; readonly complete: number; readonly diseased: number };
  /** Lowest and highest value of the rules' output, of its declared range. */
  readonly reached: readonly [number, number];
  readonly declared: readonly [number, number];
  /** How many patients have the value that most of them have. */
  readonly alike: { readonly value: number; readonly patients: number };
  /** The rules' AUC where rounding errors of sums are taken for ranks, by the defuzzifier's resolution. */
  readonly rankedByRounding: Readonly<Record<string, number>>;
  /** Of complete patients, every probability from a model that was made without the patient's fold. */
  readonly crossValidated: Areas;
  /** Means and standard deviations over other divisions into folds. */
  readonly reshuffled: Readonly<Record<'model' | 'hybrid', { readonly mean: number; readonly deviation: number }>> & {
    readonly hybridAbove: number;
  };
  /** The model as it ships, on those complete patients that its training set aside. */
  readonly setAside: Areas & { readonly patients: number };
};

/** @param setAside numbers of the patients, from 0, that the shipped model was not trained on */
export function runStudy(table: Cleveland, bases: RuleBases, setAside: readonly number[]): Study {
  const complete = table.patients.map((_, i) => i).filter((i) => isComplete(table.patients[i] as Patient));
  const patients = complete.map((i) => table.patients[i] as Patient);
  const truth = complete.map((i) => table.diseased[i] as number);
  const [rules, hybrid] = [createEngine(bases.rules), createEngine(bases.hybrid)];
  const ofRules = patients.map((patient) => outputOf(rules, 'health', findingsOf(patient)));
  const withRules = (model: readonly number[]): number[] =>
    patients.map((patient, i) => outputOf(hybrid, 'risk', { ...findingsOf(patient), model_risk: model[i] }));

  const { folds, seed, reshufflings } = PROTOCOL;
  const ofModel = outOfFold(patients, truth, folds, seed, trainHeartModel);
  const repeats = Array.from({ length: reshufflings }, (_, k) => {
    const model = outOfFold(patients, truth, folds, seed + 1 + k, trainHeartModel);
    return { model: rocArea(model, truth), hybrid: rocArea(withRules(model), truth) };
  });

  const isAside = new Set(setAside);
  const shipped = fitShipped(table, setAside);
  const ofShipped = patients.map((patient) => shipped.predict(patient));
  const aside = complete.flatMap((i, k) => (isAside.has(i) ? [k] : []));
  return {
    protocol: PROTOCOL,
    patients: { all: table.patients.length, complete: patients.length, diseased: truth.reduce((a, b) => a + b, 0) },
    reached: [Math.min(...ofRules), Math.max(...ofRules)],
    declared: bases.rules.outputs[0]?.range ?? [Number.NaN, Number.NaN],
    alike: mostFrequent(ofRules),
    rankedByRounding: Object.fromEntries(
      [100, 1000, 10_000].map((resolution) => {
        const engine = createEngine(withResolution(bases.rules, resolution));
        const raw = patients.map((patient) => exactOutputOf(engine, 'health', findingsOf(patient)));
        return [resolution, rocArea(raw, truth)];
      }),
    ),
    crossValidated: areas(truth, { rules: ofRules, model: ofModel, hybrid: withRules(ofModel) }),
    reshuffled: {
      model: spread(repeats.map(({ model }) => model)),
      hybrid: spread(repeats.map((repeat) => repeat.hybrid)),
      hybridAbove: repeats.filter((repeat) => repeat.hybrid > repeat.model).length,
    },
    setAside: {
      patients: aside.length,
      ...areas(truth, { rules: ofRules, model: ofShipped, hybrid: withRules(ofShipped) }, aside),
    },
  };
}

/** The model of samples/models/heart-disease-risk, from the patients that its training saw. */
export function fitShipped({ patients, diseased }: Cleveland, setAside: readonly number[]) {
  const isAside = new Set(setAside);
  return fitHeartModel(
    patients.filter((_, i) => !isAside.has(i)),
    diseased.filter((_, i) => !isAside.has(i)),
    SHIPPED_STRENGTH,
  );
}

/**
 * What is equal but for the last digits of sums counts as equal: many patients fill the same sets to the top, and the
 * order of their rounding errors would pass for a rank.
 */
export function outputOf(engine: Engine, output: string, values: Readonly<Record<string, number | undefined>>): number {
  return Number(exactOutputOf(engine, output, values).toFixed(9));
}

/** @throws where there is no number: a figure of some patients alone would pass for one of all */
function exactOutputOf(engine: Engine, output: string, values: Readonly<Record<string, number | undefined>>): number {
  const found = engine.evaluate(values).outputs.get(output);
  if (found?.status === 'determinate' && found.source === 'rules') return found.value;
  throw new Error(`the rules give no ${output} for a complete patient`);
}

function withResolution(base: KnowledgeBase, resolution: number): KnowledgeBase {
  const outputs = base.outputs.map((output) =>
    output.defuzzifier?.kind === 'integral'
      ? { ...output, defuzzifier: { ...output.defuzzifier, resolution } }
      : output,
  );
  return { ...base, outputs };
}

function mostFrequent(values: readonly number[]): { value: number; patients: number } {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [value, patients] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a));
  return { value, patients };
}

type Scores = Readonly<Record<'rules' | 'model' | 'hybrid', readonly number[]>>;

function areas(truth: readonly number[], scores: Scores, among: readonly number[] = truth.map((_, i) => i)): Areas {
  const some = among.map((i) => truth[i] as number);
  const figures = (indices: readonly number[]) => {
    const of = (all: readonly number[]): number =>
      rocArea(
        indices.map((i) => all[among[i] as number] as number),
        indices.map((i) => some[i] as number),
      );
    const [rules, model, hybrid] = [of(scores.rules), of(scores.model), of(scores.hybrid)];
    return { rules, model, hybrid, hybridMinusModel: hybrid - model, hybridMinusRules: hybrid - rules };
  };
  return bootstrap(some, figures, PROTOCOL.resamples, PROTOCOL.seed);
}

function spread(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, deviation: Math.sqrt(variance) };
}
