import { readInputFile } from '@deephealth/sdk';
import { Command, InvalidArgumentError } from 'commander';
import { formatFinding } from '../output/finding-lines.js';
import { formatTable, printJson, shortDigest } from '../output/print.js';
import { withProgress } from '../output/progress.js';
import { type ServerOptions, withClient, withServerOptions } from './connection.js';

const HELP = `
Input files:
  .json        {"age": {"value": 63, "unit": "a"}, "sex": "male", ...} for a table,
               a golden case, or {"inputs": {...}} in the notation of golden cases
  .csv         a signal with "# rate_hz:", "# channels:" and "# unit:" lines
  .png, .jpg   an image

Examples:
  $ deephealth predict heart-disease-risk patient.json
  $ deephealth predict ecg-beat beat.csv --json`;

interface ModelReference {
  readonly modelName: string;
  /** Empty for the default version. */
  readonly modelVersion: string;
}

/** Refuses what it does not understand: a version that is silently ignored would be another model. */
function parseModel(text: string): ModelReference {
  const [, modelName, modelVersion = ''] = /^([^@]+)(?:@([^@]+))?$/.exec(text) ?? [];
  if (modelName === undefined) throw new InvalidArgumentError('Expected a model name, or name@version.');
  return { modelName, modelVersion };
}

export function createPredictCommand(): Command {
  return withServerOptions(new Command('predict').description('Run a served model on one input file.'))
    .argument('<model>', 'model name, or name@version', parseModel)
    .argument('<input file>', 'file with the input')
    .option('--request-id <id>', 'echoed in the result; must not identify a patient')
    .option('--json', 'print the whole response as JSON')
    .addHelpText('after', HELP)
    .action(
      async (
        { modelName, modelVersion }: ModelReference,
        file: string,
        options: ServerOptions & { requestId?: string; json?: boolean },
      ) => {
        const response = await withClient(options, async (client) => {
          const inputs = await readInputFile(file, await client.getModel(modelName, modelVersion));
          const request = { modelName, modelVersion, inputs, requestId: options.requestId ?? '' };
          return withProgress('predicting', options.json ?? false, () => client.predict(request));
        });
        if (options.json) return printJson(response);
        const rows = response.findings.map((finding) => {
          const line = formatFinding(finding);
          return [line.finding, line.value, line.threshold];
        });
        process.stdout.write(`${formatTable(['FINDING', 'PROBABILITY OR VALUE', 'THRESHOLD'], rows)}\n`);
        const p = response.provenance;
        process.stdout.write(
          `\nmodel ${p?.modelName} ${p?.modelVersion}, package ${shortDigest(p?.packageSha256 ?? '')}, ${p?.engine} on ${p?.executionProvider}, batch ${p?.batchSize}, ${(Number(p?.timings?.totalUs ?? 0) / 1000).toFixed(1)} ms\n`,
        );
        for (const warning of response.warnings) {
          process.stdout.write(
            `warning: ${warning.kind.replace('WARNING_KIND_', '')}${warning.field ? ` (${warning.field})` : ''}: ${warning.message}\n`,
          );
        }
      },
    );
}
