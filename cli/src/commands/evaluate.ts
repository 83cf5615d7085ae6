import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { runtimeV1 } from '@deephealth/proto';
import {
  type ClassificationMode,
  DeepHealthError,
  type EcvlDataset,
  type Manifest,
  readEcvlDataset,
  reportClassification,
  reportSegmentation,
  sha256,
} from '@deephealth/sdk';
import { Command } from 'commander';
import { mapClasses } from '../evaluation/class-map.js';
import { ALL_SAMPLES, readDatasetFile, samplesOf } from '../evaluation/dataset-file.js';
import { evaluateSamples, type Measure } from '../evaluation/evaluate-samples.js';
import type { Evaluation } from '../evaluation/evaluation.js';
import { renderHtmlReport } from '../evaluation/html-report.js';
import { withModel } from '../evaluation/with-model.js';
import { EXIT } from '../exit-codes.js';
import { countProgress } from '../output/count-progress.js';
import { formatEvaluation } from '../output/evaluation-text.js';
import { printJson } from '../output/print.js';
import { type ServerOptions, withServerOptions } from './connection.js';
import { maxMessageOption } from './max-message-option.js';
import { integerOption, numberOption } from './number-option.js';

interface EvaluateFlags extends ServerOptions {
  readonly split?: string;
  readonly output?: string;
  readonly class?: string[];
  readonly classesByPosition?: boolean;
  readonly frame?: number;
  /** MiB. */
  readonly maxMessage?: number;
  readonly threshold: number;
  readonly resamples: number;
  readonly seed: number;
  readonly out?: string;
  readonly json?: boolean;
}

const HELP = `
The dataset is a YAML file of ECVL and the DeepHealth toolkit; locations are relative to it, and nothing is
fetched from a network. With a package folder, a server is started for the time of the evaluation.
Classes are matched by name. --out writes report.html (with plots) and report.json.
Exit code 1 if a sample failed: those are listed, and never dropped.

Examples:
  $ deephealth evaluate skin-lesion isic_2018.yml --split test --out isic-test
  $ deephealth evaluate my-models/skin-lesion/1.0.0 isic_2018.yml --split test --json`;

export function createEvaluateCommand(setExitCode: (code: number) => void): Command {
  return withServerOptions(
    new Command('evaluate').description('Push a DeepHealth dataset through a model and measure the answers.'),
  )
    .argument('<model|package>', 'model of a server (name or name@version), or package folder <name>/<version>')
    .argument('<dataset.yml>', 'dataset file of ECVL')
    .option('--split <name>', 'only the samples of this split; default: all')
    .option('--output <name>', 'output to measure; default: the first classification, or the first output')
    .option('--class <dataset=model...>', 'class of the dataset and what the model calls it')
    .option('--classes-by-position', 'match classes by their order')
    .option('--threshold <number>', 'from which value on a pixel is the object', numberOption(0, 1), 0.5)
    .option('--frame <number>', 'frame or page of files with several, from 0', integerOption(0, 0xffff_ffff))
    .addOption(maxMessageOption('of the server that is started for a package folder'))
    .option('--resamples <number>', 'bootstrap resamples for the intervals', integerOption(100, 100_000), 1000)
    .option('--seed <number>', 'seed of the bootstrap', integerOption(0, 2 ** 31), 1)
    .option('--out <folder>', 'write report.html and report.json here')
    .option('--json', 'print report.json')
    .addHelpText('after', HELP)
    .action(async (reference: string, file: string, flags: EvaluateFlags) => {
      const bytes = await readDatasetFile(file);
      const dataset = readEcvlDataset(bytes);
      const samples = samplesOf(dataset, flags.split);
      const evaluation = await withModel(reference, flags, async ({ client, name, version }): Promise<Evaluation> => {
        const model = await client.getModel(name, version);
        const output = outputOf(model, flags.output);
        const measure = measureOf(output, dataset, flags);
        const progress = countProgress('evaluating', samples.length, flags.json ?? false);
        const { classified, segmented, failures } = await evaluateSamples(samples, {
          client,
          model,
          output: output.name,
          measure,
          folder: dirname(file),
          ...(flags.frame === undefined ? {} : { frame: flags.frame }),
          deadlineMs: flags.timeout * 1000,
          onProgress: progress.update,
        }).finally(progress.end);
        const report =
          measure.task === 'segmentation'
            ? segmented.length > 0 && reportSegmentation(segmented, flags)
            : classified.length > 0 &&
              reportClassification(classified, measure.labels, measure.mode as ClassificationMode, flags);
        return {
          schemaVersion: 1,
          model: {
            name: model.summary?.name ?? name,
            version: model.summary?.version ?? version,
            packageSha256: model.summary?.packageSha256 ?? '',
          },
          output: output.name,
          ...activationOf(model, output.name),
          dataset: {
            name: dataset.name,
            file: basename(file),
            sha256: sha256(bytes),
            split: flags.split ?? ALL_SAMPLES,
            sampleCount: samples.length,
            notes: dataset.notes,
          },
          bootstrap: { resamples: flags.resamples, seed: flags.seed, level: 0.95 },
          ...(report && { report }),
          failures,
        };
      });
      if (evaluation.failures.length > 0 || evaluation.report === undefined) setExitCode(EXIT.refused);
      if (flags.out !== undefined) await writeReports(flags.out, evaluation);
      if (flags.json) return printJson(evaluation);
      process.stdout.write(`${formatEvaluation(evaluation)}\n`);
      if (flags.out !== undefined) process.stdout.write('\nWrote report.html and report.json.\n');
    });
}

function outputOf(
  { outputs }: runtimeV1.ModelDescriptor__Output,
  asked: string | undefined,
): runtimeV1.OutputDescriptor__Output {
  const output =
    asked === undefined
      ? (outputs.find(({ kind }) => kind === 'classification') ?? outputs[0])
      : outputs.find(({ name }) => name === asked);
  if (output !== undefined) return output;
  const names = outputs.map(({ name }) => JSON.stringify(name)).join(', ');
  throw new DeepHealthError('DH_CONFIG_INVALID', `The model has no such output. It has ${names}.`);
}

/** What a calibration has to know of a classification. */
function activationOf(
  { manifestJson }: runtimeV1.ModelDescriptor__Output,
  name: string,
): Pick<Evaluation, 'activation' | 'temperature'> {
  const output = (JSON.parse(manifestJson) as Manifest).outputs.find((spec) => spec.name === name);
  if (output?.kind !== 'classification') return {};
  const { activation = 'none', calibration } = output;
  return { activation, ...(calibration && { temperature: calibration.temperature }) };
}

const MODES: Readonly<Record<string, ClassificationMode>> = {
  CLASSIFICATION_MODE_BINARY: 'binary',
  CLASSIFICATION_MODE_MULTICLASS: 'multiclass',
  CLASSIFICATION_MODE_MULTILABEL: 'multilabel',
};

/** Kinds of outputs that can hold a mask. */
const MASK_KINDS: ReadonlySet<string> = new Set(['mask', 'map', 'tensor']);

function measureOf(output: runtimeV1.OutputDescriptor__Output, dataset: EcvlDataset, flags: EvaluateFlags): Measure {
  if (MASK_KINDS.has(output.kind)) return { task: 'segmentation', threshold: flags.threshold };
  if (output.kind !== 'classification') {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      `The output "${output.name}" is of kind ${output.kind}; classifications and masks can be measured. Name another one with --output.`,
    );
  }
  if (dataset.classes.length === 0) {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      `The dataset names no classes, so its labels are masks, but the output "${output.name}" is a classification. Name another one with --output.`,
    );
  }
  const labels = output.classes.map(({ label }) => label);
  const mode = MODES[output.classificationMode] ?? 'multiclass';
  const classMap = mapClasses(dataset, labels, {
    ...(flags.class === undefined ? {} : { pairs: flags.class }),
    byPosition: flags.classesByPosition ?? false,
  });
  return { task: 'classification', labels, mode, classMap };
}

async function writeReports(folder: string, evaluation: Evaluation): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'report.json'), `${JSON.stringify(evaluation, null, 2)}\n`);
  await writeFile(join(folder, 'report.html'), renderHtmlReport(evaluation));
}
