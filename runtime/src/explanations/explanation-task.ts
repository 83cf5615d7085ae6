import {
  type ClassificationOutputSpec,
  DeepHealthError,
  type ExplanationSpec,
  type InputSpec,
  type Manifest,
  type RawTensor,
  type TensorSpec,
  toBytes,
  toTypedArray,
} from '@deephealth/sdk';
import type { ClassificationResult, FindingResult, MapResult, WarningResult } from '../findings/finding-result.js';
import { checkOutputTensor, singleRow } from '../findings/output-values.js';
import { probabilities } from '../findings/probabilities.js';
import type { Geometries } from '../findings/to-findings.js';
import { splitRows } from '../host/batch-rows.js';
import type { ItemRun } from '../host/batch-runner.js';
import type { PredictionResult, RunItem } from '../host/host-messages.js';
import { axesOf, coveredLayout } from './covered-layout.js';
import type { Change } from './deletion-test.js';
import { type Occlusion, occlude } from './occlusion.js';
import { type Explained, highlightWarnings, type SignalTimes, toHighlight } from './to-highlight.js';

type Feeds = Readonly<Record<string, RawTensor>>;

/** A run that a highlight needs. */
export interface WantedRun {
  readonly feeds: Feeds;
  readonly outputs: readonly TensorSpec[];
}

/** One explanation under way. */
interface Current {
  readonly explained: Explained;
  readonly output: ClassificationOutputSpec;
  readonly targetIndex: number;
  /** Prepared input that is covered. */
  readonly original: Float32Array;
  readonly steps: Generator<Change[], Occlusion, Float64Array>;
  changes: readonly Change[];
  scores: Float64Array;
  done: number;
}

/**
 * The highlights of one item: copies of its prepared input that the model is to run, a few at a time, and
 * what is made of their scores. Holds a copy of what the session takes, and is gone with the item.
 */
export class ExplanationTask {
  /** The caller has left: nothing more is to be run. */
  isLeft = false;
  readonly #manifest: Manifest;
  readonly #feeds: Feeds;
  readonly #geometries: Geometries;
  readonly #item: RunItem & { readonly kind: 'predict' };
  readonly #wanted: string[];
  readonly #rows: number;
  #first: { readonly run: ItemRun; readonly prediction: PredictionResult } | undefined;
  #current: Current | undefined;
  #next: WantedRun | undefined;
  #inferenceUs = 0;
  readonly #highlights = new Map<string, MapResult>();
  readonly #warnings: WarningResult[] = [];

  /**
   * @param feeds borrowed during the call only
   * @param rows copies that one run may hold
   */
  constructor(
    manifest: Manifest,
    item: RunItem & { readonly kind: 'predict' },
    feeds: Feeds,
    geometries: Geometries,
    rows: number,
  ) {
    this.#manifest = manifest;
    this.#item = item;
    this.#feeds = Object.fromEntries(
      Object.entries(feeds).map(([name, tensor]) => [name, { ...tensor, data: Uint8Array.from(tensor.data) }]),
    );
    this.#geometries = geometries;
    this.#rows = rows;
    this.#wanted = [...(item.highlights ?? [])];
  }

  /** True while a run waits for word that it may begin. */
  get isPaused(): boolean {
    return this.#next !== undefined;
  }

  /** The run that waited, which begins now. */
  resume(): WantedRun {
    const next = this.#next;
    if (next === undefined) throw new Error('nothing waits to be run');
    this.#next = undefined;
    return next;
  }

  /**
   * Takes what the model gave, the item's own run first. False when all highlights are there; else a run
   * waits for {@link resume}.
   *
   * @param predict findings of the item's own run
   */
  take(run: ItemRun, predict: () => PredictionResult): boolean {
    this.#next = this.#continue(run, predict);
    return this.#next !== undefined;
  }

  #continue(run: ItemRun, predict: () => PredictionResult): WantedRun | undefined {
    this.#inferenceUs += run.inferenceUs;
    if (this.#first === undefined) this.#first = { run, prediction: predict() };
    else this.#score(run.tensors);
    for (;;) {
      const current = this.#current;
      if (current !== undefined && current.done < current.changes.length) return this.#nextRun(current);
      if (current !== undefined) this.#advance(current);
      if (this.#current !== undefined) continue;
      const name = this.#wanted.shift();
      if (name === undefined) return undefined;
      this.#begin(name);
    }
  }

  /** The findings with their highlights, and the item's own run with the time of all runs. */
  result(): { readonly prediction: PredictionResult; readonly run: ItemRun } {
    if (this.#first === undefined) throw new Error('a highlight without the score that it is about');
    const { prediction, run } = this.#first;
    return {
      prediction: {
        findings: prediction.findings.map((finding) => {
          const highlight = this.#highlights.get(finding.name ?? '');
          return highlight === undefined ? finding : { ...finding, highlight };
        }),
        warnings: [...prediction.warnings, ...this.#warnings],
      },
      run: { ...run, inferenceUs: this.#inferenceUs },
    };
  }

  #begin(name: string): void {
    const output = this.#manifest.outputs.find((spec) => spec.name === name) as ClassificationOutputSpec;
    const spec = output.explanation as ExplanationSpec;
    const input = this.#manifest.inputs.find((declared) => declared.name === spec.input) as InputSpec;
    const feed = this.#feeds[input.feeds] as RawTensor;
    const layout = coveredLayout(input, feed.shape);
    const original = toTypedArray('FP32', feed.data, { mayBorrow: true }) as Float32Array;
    const findings = this.#first?.prediction.findings as readonly FindingResult[];
    const finding = findings.find((one) => one.name === name) as { classification: ClassificationResult };
    const targetIndex = targetOf(output, finding.classification);
    const { label, probability } = finding.classification.classes[targetIndex] as ClassificationResult['classes'][0];
    const explained: Explained = {
      output: name,
      spec,
      target: label,
      score: probability,
      preparedSize: layout.extents.slice(3 - axesOf(input)),
      place: this.#placeOf(input),
    };
    const steps = occlude(spec, original, layout, probability);
    this.#current = {
      explained,
      output,
      targetIndex,
      original,
      steps,
      changes: [],
      scores: new Float64Array(0),
      done: 0,
    };
    this.#advance(this.#current);
  }

  #placeOf(input: InputSpec): Explained['place'] {
    const place = this.#geometries[input.name];
    if (place !== undefined && 'tensor' in place) return place;
    const sent = this.#item.inputs[input.name];
    if (input.kind !== 'signal' || sent?.kind !== 'signal') throw new Error('an explained input has no place');
    const times: SignalTimes = {
      samples: sent.samples,
      rateHz: sent.samplingRateHz,
      preparedRateHz: input.samplingRateHz,
    };
    return times;
  }

  /** Hands the scores over, and takes the next changes; or the map, when it is there. */
  #advance(current: Current): void {
    const next = current.steps.next(current.scores);
    if (next.done === true) {
      this.#current = undefined;
      this.#highlights.set(current.explained.output, toHighlight(current.explained, next.value));
      this.#warnings.push(...highlightWarnings(current.explained, next.value));
      return;
    }
    current.changes = next.value;
    current.scores = new Float64Array(next.value.length);
    current.done = 0;
  }

  #nextRun({ explained, output, original, changes, done }: Current): WantedRun {
    const count = Math.min(this.#rows, changes.length - done);
    const explainedFeed = this.#manifest.inputs.find(({ name }) => name === explained.spec.input)?.feeds;
    const copies = new Float32Array(count * original.length);
    for (let row = 0; row < count; row++) {
      const copy = copies.subarray(row * original.length, (row + 1) * original.length);
      copy.set(original);
      (changes[done + row] as Change)(copy);
    }
    const feeds = Object.fromEntries(
      Object.entries(this.#feeds).map(([name, tensor]) => {
        const data = name === explainedFeed ? toBytes(copies) : repeated(tensor.data, count);
        const shape = count === 1 ? tensor.shape : [count, ...tensor.shape.slice(1)];
        return [name, { ...tensor, shape, data }];
      }),
    );
    return { feeds, outputs: [this.#tensorOf(output)] };
  }

  #score(tensors: ReadonlyMap<string, RawTensor>): void {
    const current = this.#current as Current;
    const { output, targetIndex, scores, changes } = current;
    const spec = this.#tensorOf(output);
    const count = Math.min(this.#rows, changes.length - current.done);
    const rows = count === 1 ? [tensors] : splitRows(tensors, [spec], count);
    for (const row of rows) {
      const tensor = row.get(spec.name) as RawTensor;
      try {
        checkOutputTensor(spec, tensor);
        scores[current.done++] = probabilities(output, singleRow(spec, tensor))[targetIndex] as number;
      } catch (cause) {
        const { message, code, details } = DeepHealthError.from(cause);
        throw new DeepHealthError(code, `In a run for the highlight: ${message}`, { details, cause });
      }
    }
  }

  #tensorOf({ from }: ClassificationOutputSpec): TensorSpec {
    return this.#manifest.tensors.outputs.find(({ name }) => name === from) as TensorSpec;
  }
}

function repeated(data: Uint8Array, count: number): Uint8Array {
  const all = new Uint8Array(count * data.byteLength);
  for (let i = 0; i < count; i++) all.set(data, i * data.byteLength);
  return all;
}

/** The declared class; else the positive one of two, or the one of the highest probability. */
function targetOf({ explanation, mode }: ClassificationOutputSpec, { classes }: ClassificationResult): number {
  if (explanation?.target !== undefined) return classes.findIndex(({ label }) => label === explanation.target);
  if (mode === 'binary') return 1;
  return classes.reduce((best, { probability }, i) => (probability > (classes[best]?.probability ?? 0) ? i : best), 0);
}
