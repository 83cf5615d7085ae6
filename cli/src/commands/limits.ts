import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createInputMeasurer, type MeasuredCase, STATISTICS } from '@deephealth/runtime';
import {
  DeepHealthError,
  type DistributionLimit,
  type DistributionSpec,
  type FittedDistribution,
  type Manifest,
  parseManifest,
  readEcvlDataset,
  sha256,
} from '@deephealth/sdk';
import { Command, InvalidArgumentError, Option } from 'commander';
import { ALL_SAMPLES, readDatasetFile, samplesOf } from '../evaluation/dataset-file.js';
import type { FailedSample } from '../evaluation/failed-sample.js';
import { EXIT } from '../exit-codes.js';
import { fitLimits } from '../limits/fit-limits.js';
import { measureSamples } from '../limits/measure-samples.js';
import { draftTarget, type LimitsTarget, newVersionTarget } from '../limits/write-limits.js';
import { countProgress } from '../output/count-progress.js';
import { plainText } from '../output/plain-text.js';
import { formatTable, printJson } from '../output/print.js';
import { integerOption, numberOption } from './number-option.js';

interface LimitsFlags {
  readonly split?: string;
  readonly input?: string;
  readonly onOutside: DistributionSpec['onOutside'];
  readonly quantile: number;
  readonly statistics: readonly DistributionLimit['statistic'][];
  readonly byChannel?: boolean;
  readonly frame?: number;
  readonly write?: boolean;
  readonly newVersion?: string;
  readonly json?: boolean;
}

const HELP = `
Take the data that the model was trained on, in a dataset file of ECVL: every sample goes through the steps of
the package, and nothing is run. The command changes no file unless it is told to: put the block that it prints
into the input of model.json, or let it write a new version, or into the manifest of a draft.
Exit code 1 if a sample failed: those are listed, and then nothing is written.

Examples:
  $ deephealth limits my-models/lesion/1.0.0 isic.yml --split training
  $ deephealth limits my-models/lesion/1.0.0 isic.yml --split training --on-outside abstain --new-version 1.1.0
  $ deephealth limits my-models/draft/1.0.0 isic.yml --split training --write`;

export function createLimitsCommand(setExitCode: (code: number) => void): Command {
  return new Command('limits')
    .description('Take from training data what inputs look like, as limits for the manifest.')
    .argument('<package>', 'folder <name>/<version> with model.json')
    .argument('<dataset.yml>', 'dataset file of ECVL')
    .option('--split <name>', 'only the samples of this split; default: all')
    .option('--input <name>', 'input to take limits of; default: every one that can have some')
    .addOption(
      new Option('--on-outside <what>', 'what becomes of an input outside')
        .choices(['warn', 'abstain', 'refuse'])
        .default('warn'),
    )
    .option('--quantile <share>', 'share of the cases that may lie outside at either end', numberOption(0, 0.25), 0.001)
    .option('--statistics <names>', `of ${STATISTICS.join(', ')}`, statisticsOption, STATISTICS)
    .option('--by-channel', 'a range for each channel; default: one that holds for all')
    .option('--frame <number>', 'frame or page of files with several, from 0', integerOption(0, 0xffff_ffff))
    .option('--write', 'write into the manifest of a draft')
    .option('--new-version <version>', 'write a copy of the package with the limits')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', HELP)
    .action(async (folder: string, file: string, flags: LimitsFlags) => {
      const manifest = await readManifest(folder);
      const measurer = createInputMeasurer(manifest);
      const inputs = inputsOf(measurer.limited, flags.input);
      const target = await targetOf(folder, manifest, flags);
      const bytes = await readDatasetFile(file);
      const dataset = readEcvlDataset(bytes);
      const samples = samplesOf(dataset, flags.split);
      const progress = countProgress('measuring', samples.length, flags.json ?? false);
      const part = { folder: dirname(file), ...(flags.frame === undefined ? {} : { frame: flags.frame }) };
      const { cases, failures } = await measureSamples(samples, measurer, part, progress.update).finally(progress.end);
      if (failures.length > 0) setExitCode(EXIT.refused);
      if (failures.length > 0 && !flags.json) printFailures(failures, samples.length);
      const fitted: FittedDistribution = {
        dataset: dataset.name || basename(file),
        split: flags.split ?? ALL_SAMPLES,
        datasetSha256: sha256(bytes),
        casesSha256: digestOf(cases),
        cases: cases.length,
        quantiles: [flags.quantile, 1 - flags.quantile],
      };
      const fit = { ...flags, isByChannel: flags.byChannel ?? false };
      const limits = new Map(
        inputs.map((input) => [input, distributionOf(fitLimits(cases, input, fit), fitted, flags.onOutside)]),
      );
      const isWritten = target !== undefined && failures.length === 0;
      if (isWritten) await target.write(limits);
      if (flags.json) {
        const written = isWritten ? target.reference : null;
        return printJson({ limits: Object.fromEntries(limits), notes: dataset.notes, failures, written });
      }
      for (const [input, distribution] of limits) printLimits(input, distribution);
      if (cases.length * flags.quantile < 1) {
        process.stdout.write(
          `note: of ${cases.length} cases, less than one lies beyond the quantile ${flags.quantile}: the limits are the lowest and highest of all.\n`,
        );
      }
      if (flags.split === undefined && dataset.splits.size > 0) {
        const names = [...dataset.splits.keys()].map((name) => JSON.stringify(plainText(name))).join(', ');
        process.stdout.write(`note: all samples were taken; the dataset has the splits ${names}.\n`);
      }
      if (isWritten) {
        process.stdout.write(
          `\nWrote ${target.reference}. Next: deephealth validate <package>: golden cases must lie within the limits too.\n`,
        );
      } else if (target !== undefined) process.stdout.write('\nNothing was written, since samples failed.\n');
    });
}

function statisticsOption(text: string): DistributionLimit['statistic'][] {
  const names = text.split(',');
  const chosen = STATISTICS.filter((statistic) => names.includes(statistic));
  if (chosen.length === names.length) return chosen;
  throw new InvalidArgumentError(`Expected some of ${STATISTICS.join(',')}, each once.`);
}

async function readManifest(folder: string): Promise<Manifest> {
  try {
    return parseManifest(await readFile(join(folder, 'model.json')));
  } catch (cause) {
    if (cause instanceof DeepHealthError) throw cause;
    throw new DeepHealthError(
      'DH_PACKAGE_FILE_MISSING',
      'The folder holds no model.json. Name a package folder, <name>/<version>.',
      { details: { file: 'model.json' }, cause },
    );
  }
}

function inputsOf(limited: readonly string[], asked: string | undefined): readonly string[] {
  if (asked === undefined) return limited;
  if (limited.includes(asked)) return [asked];
  const names = limited.map((name) => JSON.stringify(name)).join(', ');
  throw new DeepHealthError('DH_CONFIG_INVALID', `--input names no input that can have limits. Those are ${names}.`);
}

async function targetOf(folder: string, manifest: Manifest, flags: LimitsFlags): Promise<LimitsTarget | undefined> {
  const { write, newVersion, onOutside } = flags;
  if (onOutside === 'abstain' && !manifest.outputs.some(({ kind }) => kind === 'classification')) {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      '--on-outside abstain needs a classification that can go without a decision. Use warn or refuse.',
    );
  }
  if (write && newVersion !== undefined) {
    throw new DeepHealthError('DH_CONFIG_INVALID', '--write and --new-version exclude each other. Leave one out.');
  }
  if (newVersion !== undefined) return newVersionTarget(folder, manifest, newVersion);
  return write ? draftTarget(folder, manifest) : undefined;
}

/** A line for each case, so that the same data in the same order, and no other, gives the same digest. */
function digestOf(cases: readonly MeasuredCase[]): string {
  const hash = createHash('sha256');
  for (const { inputsSha256 } of cases) hash.update(`${inputsSha256}\n`);
  return hash.digest('hex');
}

function distributionOf(
  limits: readonly DistributionLimit[],
  fitted: FittedDistribution,
  onOutside: DistributionSpec['onOutside'],
): DistributionSpec {
  const [low, high] = fitted.quantiles;
  return {
    onOutside,
    source: `${fitted.cases} cases of ${fitted.dataset}, ${fitted.split}; quantiles ${low} and ${high}`,
    limits,
    fitted,
  };
}

function printFailures(failures: readonly FailedSample[], total: number): void {
  process.stdout.write(`${failures.length} of ${total} samples failed:\n`);
  for (const { index, location, code, message } of failures) {
    process.stdout.write(`  ${index} ${plainText(location)}: ${code}: ${message}\n`);
  }
  process.stdout.write('\n');
}

function printLimits(input: string, distribution: DistributionSpec): void {
  const rows = distribution.limits.map(({ statistic, channel, range }) => [
    statistic,
    channel === undefined ? 'each' : String(channel),
    String(range[0]),
    String(range[1]),
  ]);
  process.stdout.write(`${formatTable(['STATISTIC', 'CHANNEL', 'LOWEST', 'HIGHEST'], rows)}\n\n`);
  process.stdout.write(`For the input "${input}" of model.json:\n\n`);
  process.stdout.write(`"distribution": ${JSON.stringify(distribution, null, 2)}\n\n`);
}
