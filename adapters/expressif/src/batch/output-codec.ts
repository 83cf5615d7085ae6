import { INDETERMINATE_REASONS, type IndeterminateReason, type OutputEvaluation } from '../engine/evaluation.js';
import type { OutputVariable } from '../knowledge-base.js';

/** How an output came out, by its place here. */
const SOURCES = ['rules', 'default', 'previous'] as const;

type Blame = { readonly variable?: string | undefined; readonly rule?: string | undefined };

/** Outputs of some evaluations, in numbers: those of the first, then those of the next. */
export type EncodedOutputs = {
  /** Place of the source in SOURCES, or of the reason in INDETERMINATE_REASONS behind it. */
  readonly outcomes: Uint8Array<ArrayBuffer>;
  /** NaN where there is none. */
  readonly values: Float64Array<ArrayBuffer>;
  /** How many terms are concluded about each output. */
  readonly counts: Uint32Array<ArrayBuffer>;
  /** Their places among the output's terms, in the order in which they were concluded, and their degrees. */
  readonly terms: Uint32Array<ArrayBuffer>;
  readonly degrees: Float64Array<ArrayBuffer>;
  /** What is at fault, by place in `outcomes`. */
  readonly blames: ReadonlyMap<number, Blame>;
};

/**
 * To copy an output as an object from thread to thread takes longer than to compute it; this makes numbers of it,
 * and an equal object of the numbers.
 */
export class OutputCodec {
  readonly #outputs: readonly OutputVariable[];
  readonly #places: readonly ReadonlyMap<string, number>[];

  constructor(outputs: readonly OutputVariable[]) {
    this.#outputs = outputs;
    this.#places = outputs.map(({ terms }) => new Map(terms.map(({ name }, place) => [name, place] as const)));
  }

  /** @param evaluations outputs of each, in the order of the rule base */
  encode(evaluations: readonly (readonly OutputEvaluation[])[]): EncodedOutputs {
    const size = evaluations.length * this.#outputs.length;
    const [outcomes, values, counts] = [new Uint8Array(size), new Float64Array(size), new Uint32Array(size)];
    const [terms, degrees]: [number[], number[]] = [[], []];
    const blames = new Map<number, Blame>();
    let place = 0;
    for (const outputs of evaluations) {
      for (const [index, output] of outputs.entries()) {
        outcomes[place] = outcomeOf(output);
        values[place] = output.status === 'determinate' ? output.value : Number.NaN;
        counts[place] = output.degrees.size;
        for (const [term, degree] of output.degrees) {
          terms.push(this.#places[index]?.get(term) as number);
          degrees.push(degree);
        }
        if (output.status === 'indeterminate') blames.set(place, blameOf(output));
        place += 1;
      }
    }
    return { outcomes, values, counts, terms: Uint32Array.from(terms), degrees: Float64Array.from(degrees), blames };
  }

  decode({ outcomes, values, counts, terms, degrees, blames }: EncodedOutputs): Map<string, OutputEvaluation>[] {
    const evaluations: Map<string, OutputEvaluation>[] = [];
    let at = 0;
    for (let place = 0; place < outcomes.length; ) {
      const evaluation = new Map<string, OutputEvaluation>();
      for (const { name, terms: named } of this.#outputs) {
        const concluded = new Map<string, number>();
        for (const end = at + (counts[place] as number); at < end; at += 1) {
          concluded.set(named[terms[at] as number]?.name as string, degrees[at] as number);
        }
        const outcome = outcomes[place] as number;
        const source = SOURCES[outcome];
        const reason = INDETERMINATE_REASONS[outcome - SOURCES.length] as IndeterminateReason;
        evaluation.set(
          name,
          source === undefined
            ? { name, status: 'indeterminate', degrees: concluded, reason, ...blames.get(place) }
            : { name, status: 'determinate', degrees: concluded, value: values[place] as number, source },
        );
        place += 1;
      }
      evaluations.push(evaluation);
    }
    return evaluations;
  }
}

const outcomeOf = (output: OutputEvaluation): number =>
  output.status === 'determinate'
    ? SOURCES.indexOf(output.source)
    : SOURCES.length + INDETERMINATE_REASONS.indexOf(output.reason);

/** With the properties that are there, and no others. */
function blameOf({ variable, rule }: Blame): Blame {
  return { ...(variable === undefined ? {} : { variable }), ...(rule === undefined ? {} : { rule }) };
}
