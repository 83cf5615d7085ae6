import { readFile, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { GoldenInput, Manifest } from '@deephealth/sdk';
import { assertPackageName, modelNameFrom } from '../import/package-name.js';
import type { PlatformName } from '../ttmip/stage-record.js';
import type { PreparedPlan } from './add-plan.js';
import { fhirSources } from './bindings/fhir-source.js';
import { planBindings } from './bindings/plan-bindings.js';
import { askTexts, buildManifest, graphTensors } from './build-manifest.js';
import type { ColumnHeader } from './column-header.js';
import { showFeatureOrder } from './feature-order.js';
import { filesOfFolder, filesOfTable, type SampleFiles } from './file-list.js';
import { imageSource } from './image-source.js';
import { Inquiry } from './inquiry.js';
import { type ModelFile, openModel } from './model-file.js';
import { findModelOutput, type ModelOutput } from './model-output.js';
import { outputMeaning } from './output-meaning.js';
import { type Candidate, type ProbedCandidate, probeCandidates } from './probe.js';
import { type Answers, openQuestions } from './questions.js';
import type { SampleSource } from './sample-source.js';
import { samplesInvalid } from './samples-invalid.js';
import { settle } from './settle.js';
import { type TableSamples, toTableSamples } from './table-samples.js';
import { tableSource } from './table-source.js';

export interface PlanOptions {
  readonly model: string;
  readonly samples: string;
  readonly platforms: readonly PlatformName[];
  readonly name?: string;
  readonly version: string;
  readonly isRepaired: boolean;
  /** Column of the truth; false where there is none. */
  readonly label?: string | false;
  readonly ignore: readonly string[];
  readonly onProgress?: (done: number, total: number) => void;
}

/** Plans one addition after the other as answers come in, without running the model again for what has not changed. */
export interface Planner {
  plan(answers: Answers): Promise<PreparedPlan>;
}

/**
 * Opens a model with its samples.
 *
 * @throws DH_ADD_NOT_POSSIBLE, DH_ADD_SAMPLES_INVALID, DH_CONFIG_INVALID; what reading the model throws
 */
export async function openPlanner(options: PlanOptions): Promise<Planner> {
  const name = options.name ?? modelNameFrom(options.model);
  assertPackageName(name, options.version);
  const model = await openModel(options.model, options.isRepaired);
  const samples = await openSamples(options);
  const probed = new Map<string, Promise<ProbedCandidate>>();
  return { plan: (answers) => planAddition({ ...options, name }, model, samples, probed, answers) };
}

/** Rows of a table, or files with their labels. */
type Samples = { readonly table: TableSamples } | SampleFiles;

async function openSamples({ samples: path, label }: PlanOptions): Promise<Samples> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => {
      throw samplesInvalid(`The samples "${basename(path)}" cannot be read. Check the path.`);
    },
  );
  if (isFolder) return filesOfFolder(path);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch {
    throw samplesInvalid(`The samples "${basename(path)}" are no CSV text in UTF-8.`);
  }
  const table = toTableSamples(text);
  return filesOfTable(dirname(path), table, label) ?? { table };
}

/** What would be written, from the graph, the samples and the answers; what is still to be asked where they say too little. */
export async function planAddition(
  options: PlanOptions & { readonly name: string },
  model: ModelFile,
  samples: Samples,
  cache: Map<string, Promise<ProbedCandidate>>,
  answers: Answers,
): Promise<PreparedPlan> {
  const inquiry = new Inquiry(answers);
  const { name, version } = options;
  const texts = askTexts(name, inquiry);
  const output = findModelOutput(model.graph, inquiry);
  const source =
    'table' in samples
      ? tableSource(samples.table, model.graph, labelFlags(options, answers, inquiry), inquiry)
      : await imageSource(samples, model.graph, inquiry);
  const planned = (more: Partial<PreparedPlan>): PreparedPlan => ({
    ...{ name, version, task: 'unknown', platforms: [], tried: [], answers },
    input: { kind: source.kind, summary: source.summary },
    output: {
      tensor: output?.tensor ?? '',
      summary: output === undefined ? '' : `${output.width} numbers for each item`,
    },
    inferences: inquiry.inferences,
    questions: inquiry.questions,
    ...more,
  });
  // Without the column of the truth, the other columns are not known either, and nothing can be run.
  if (output === undefined || (source.labels === undefined && inquiry.questions.some(({ id }) => id === 'label')))
    return planned({});
  const tensors = graphTensors(model.graph);
  const probed = await probeAll(model, tensors, output, source, cache, options.onProgress);
  const meaning = outputMeaning(output, probed, source.labels, inquiry);
  if (meaning === undefined) return planned({});
  const settled = settle(source, probed, output, meaning, inquiry);
  if (settled === undefined) return planned({});
  showFeatureOrder(model, source, settled, output.tensor, inquiry);
  const unit = meaning === 'number' ? askUnit(source.labelName, inquiry) : undefined;
  const isCds = options.platforms.includes('clinical-decision-support');
  const [input] = [settled.candidate.input];
  const headers: readonly ColumnHeader[] = 'table' in samples ? samples.table.headers : [];
  const sources = isCds && input.kind === 'table' ? fhirSources(input.columns, headers, inquiry) : new Map();
  const manifest = buildManifest({ name, version }, texts, model, settled, output, source.labelName, unit, sources);
  const bindings = planBindings(options.platforms, {
    ...{ manifest, title: texts.title, fhirSources: sources, inquiry },
    ...(meaning === 'number' && { valueRange: widened(settled.rows.map((row) => row[0] as number)) }),
  });
  inquiry.infer(
    'golden',
    'up to 6 of the samples',
    'assumed',
    'They are copied into the package as its golden cases: nothing in them may identify a person.',
  );
  if (openQuestions(inquiry.questions).length === 0) inquiry.assertUsed();
  const { verdict: _, ...agreement } = settled.agreement ?? { verdict: undefined };
  return planned({
    task: meaning === 'number' ? 'regression' : 'classification',
    tried: settled.tried,
    ...(settled.agreement && { agreement: agreement as NonNullable<PreparedPlan['agreement']> }),
    platforms: bindings.map(({ platform, isApplicable, why }) => ({ platform, isApplicable, why })),
    addition: { model, manifest, source, settled, bindings },
  });
}

function labelFlags({ label, ignore }: PlanOptions, answers: Answers, inquiry: Inquiry) {
  // Asked for where neither the flag nor the name of a column says it, and so answered here, too.
  const said = label ?? (answers.label === undefined ? undefined : String(answers.label));
  if (answers.label !== undefined) inquiry.override({ id: 'label', takes: 'text' });
  return { ignore, ...(said !== undefined && { label: said }) };
}

async function probeAll(
  model: ModelFile,
  tensors: Manifest['tensors'],
  output: ModelOutput,
  source: SampleSource,
  cache: Map<string, Promise<ProbedCandidate>>,
  onProgress?: (done: number, total: number) => void,
): Promise<ProbedCandidate[]> {
  // Units and codes matter to those who send values, and change no answer.
  const isOfAnswer = (key: string, value: unknown) => (key === 'unit' || key === 'codes' ? undefined : value);
  const keyOf = ({ input }: Candidate) => JSON.stringify([output.tensor, input, source.names], isOfAnswer);
  const fresh = source.candidates.filter((candidate) => !cache.has(keyOf(candidate)));
  if (fresh.length > 0) {
    const report = (done: number) => onProgress?.(done, fresh.length);
    const probed = probeCandidates(model, tensors, output, fresh, source.inputs as GoldenInput[], report);
    fresh.forEach((candidate, index) => {
      cache.set(
        keyOf(candidate),
        probed.then((all) => all[index] as ProbedCandidate),
      );
    });
  }
  return Promise.all(source.candidates.map((candidate) => cache.get(keyOf(candidate)) as Promise<ProbedCandidate>));
}

function askUnit(label: string, inquiry: Inquiry): string | undefined {
  const answer = inquiry.ask({
    id: 'output.unit',
    ask: `In which unit does the model give "${label}" (UCUM, "1" for a bare number)?`,
    why: 'Neither the graph nor the samples say it.',
    takes: 'text',
    isRequired: true,
  });
  return answer === undefined ? undefined : String(answer);
}

function widened(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const width = high - low || 1;
  return [Number((low - width).toPrecision(6)), Number((high + width).toPrecision(6))];
}
