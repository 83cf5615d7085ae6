import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { Command } from 'commander';
import type { Evaluation } from '../evaluation/evaluation.js';
import { type FittedTemperature, fitTemperature } from '../evaluation/fit-temperature.js';
import { formatTable, printJson } from '../output/print.js';

const HELP = `
Take the report of a split that the model was neither trained nor tested on. The command changes no file: put the
block that it prints into the output of model.json, and measure another split.

Examples:
  $ deephealth evaluate my-models/lesion/1.0.0 isic.yml --split validation --out lesion-validation
  $ deephealth calibrate lesion-validation/report.json`;

export function createCalibrateCommand(): Command {
  return new Command('calibrate')
    .description('Fit a temperature to an evaluation, so that probabilities are as often right as they say.')
    .argument('<report.json>', 'report of deephealth evaluate')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', HELP)
    .action(async (path: string, { json = false }: { json?: boolean }) => {
      const evaluation = await readEvaluation(path);
      const { report, output, dataset, activation = '', temperature: applied = 1 } = evaluation;
      if (report?.task !== 'classification') throw invalid(path, 'it measures no classification');
      if (activation === '') throw invalid(path, 'it does not say how probabilities are made; evaluate again');
      if (activation === 'none') {
        throw invalid(
          path,
          `the tensor of "${output}" holds probabilities already (activation none), and dividing those means nothing. Export the model without its last softmax or sigmoid`,
        );
      }
      const fitted = fitTemperature(report.samples, report.mode, applied);
      const calibration = {
        method: 'temperature' as const,
        temperature: fitted.temperature,
        data: `${dataset.name || dataset.file}, ${dataset.split}`,
        samples: fitted.samples,
        eceBefore: round(fitted.eceBefore),
        eceAfter: round(fitted.eceAfter),
      };
      if (json) return printJson({ output, calibration, ...fitted });
      process.stdout.write(`${formatTable(['ON THESE SAMPLES', 'WITHOUT', 'WITH'], rowsOf(fitted))}\n\n`);
      if (fitted.saturated > 0) {
        process.stdout.write(
          `note: ${fitted.saturated} probabilities are 0 to the last digit; how sure the model was of them is not known.\n\n`,
        );
      }
      process.stdout.write(`For the output "${output}" of model.json:\n\n`);
      process.stdout.write(`"calibration": ${JSON.stringify(calibration, null, 2)}\n`);
    });
}

function rowsOf(fitted: FittedTemperature): string[][] {
  return [
    ['temperature', '1', String(fitted.temperature)],
    ['mean negative log-likelihood', fitted.nllBefore.toFixed(4), fitted.nllAfter.toFixed(4)],
    ['expected calibration error', fitted.eceBefore.toFixed(4), fitted.eceAfter.toFixed(4)],
  ];
}

function round(value: number): number {
  return Number(value.toFixed(6));
}

async function readEvaluation(path: string): Promise<Evaluation> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new DeepHealthError('DH_CONFIG_INVALID', `"${basename(path)}" cannot be read. Check the path.`, { cause });
  }
  try {
    const evaluation = JSON.parse(text) as Evaluation;
    if (evaluation.schemaVersion === 1 && typeof evaluation.dataset?.file === 'string') return evaluation;
  } catch {
    // Said below.
  }
  throw invalid(path, 'it is no report.json of deephealth evaluate');
}

function invalid(path: string, why: string): DeepHealthError {
  return new DeepHealthError('DH_CONFIG_INVALID', `"${basename(path)}" cannot be used: ${why}.`);
}
