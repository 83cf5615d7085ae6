import { resolve } from 'node:path';
import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, readInputFile } from '@deephealth/sdk';
import { Command, InvalidArgumentError } from 'commander';
import { framesOf, noFrameChosen } from '../evaluation/frames-of.js';
import { formatFinding } from '../output/finding-lines.js';
import { formatTable, printJson, shortDigest } from '../output/print.js';
import { withProgress } from '../output/progress.js';
import { resultFormat, writeResult } from '../results/write-result.js';
import { noteStage, StageClock } from '../ttmip/note-stage.js';
import { type ServerOptions, withClient, withServerOptions } from './connection.js';
import { integerOption, numberOption } from './number-option.js';

const HELP = `
Input files:
  .json        {"age": {"value": 63, "unit": "a"}, "sex": "male", ...} for a table,
               a golden case, or {"inputs": {...}} in the notation of golden cases
  .edf, .bdf, .hea  a recording (EDF, EDF+, BDF, or WFDB with its files beside it)
  .csv         a signal with "# rate_hz:", "# channels:" and "# unit:" lines
  .nii, .nii.gz, a folder of DICOM files, or one enhanced DICOM file: a volume
  .txt         the text of a text input
  any other    a PNG, JPEG, TIFF, BMP or DICOM image, or a DICOM waveform, by what the file holds

Result files, by their extension:
  .nii, .nii.gz  the mask, map or highlight, on the grid of the input
  .png           the same over the input: three middle slices of a volume; DICOM in
                 the window that it states, without one between its percentiles
  .dcm           the mask as a DICOM Segmentation of the DICOM images that were sent; its classes
                 must be coded in the manifest
  .sc.dcm        what .png shows, as a DICOM Secondary Capture image of their study
  .edf           events, as annotations of EDF+
  .csv, .json    numbers and decisions, a row for each

Examples:
  $ deephealth predict heart-disease-risk patient.json
  $ deephealth predict ecg-beat beat.csv --json
  $ deephealth predict lesion slide.dcm --frame 3
  $ deephealth predict ecg-beat 100.hea --from 12.5 --length 1.8
  $ deephealth predict seizures night.edf --out events.edf
  $ deephealth predict lesion mole.png --highlight --out region.png
  $ deephealth predict hippocampus brain.nii.gz --out mask.nii.gz --out overlay.png`;

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

function collect(value: string, earlier: string[]): string[] {
  return [...earlier, value];
}

/** Outputs that the model can give the region of. Throws DH_FEATURE_UNSUPPORTED if there is none. */
function highlightsOf({ outputs }: runtimeV1.ModelDescriptor__Output, wanted: readonly string[]): string[] {
  const names = outputs
    .filter(({ name, highlightMethod }) => highlightMethod !== '' && (wanted.length === 0 || wanted.includes(name)))
    .map(({ name }) => name);
  if (names.length > 0) return names;
  throw new DeepHealthError(
    'DH_FEATURE_UNSUPPORTED',
    'The model declares no explanation, so it cannot give the region behind a score. Leave --highlight out.',
  );
}

/** The frame that is sent. Throws DH_REQUEST_MALFORMED for a file with several of which none was chosen. */
async function frameOf(
  file: string,
  model: runtimeV1.ModelDescriptor__Output,
  frame: number | undefined,
): Promise<number> {
  if (frame !== undefined) return frame;
  const frames = await framesOf(file, model);
  if (frames === 1) return 0;
  throw new DeepHealthError('DH_REQUEST_MALFORMED', noFrameChosen(frames), { details: { field: 'frame' } });
}

export function createPredictCommand(): Command {
  return withServerOptions(new Command('predict').description('Run a served model on one input file.'))
    .argument('<model>', 'model name, or name@version', parseModel)
    .argument('<input file>', 'file with the input, or folder of a DICOM series')
    .option('--out <file>', 'also write the result there; may be given several times', collect, [])
    .option(
      '--frame <number>',
      'frame or page of an image, from 0; of a file with several, it must be given',
      integerOption(0, 0xffff_ffff),
    )
    .option('--from <seconds>', 'send a recording from there on', numberOption(0, 1e9))
    .option('--length <seconds>', 'send so much of a recording', numberOption(1e-6, 1e9))
    .option('--highlight', 'also find the regions behind the scores; takes many runs of the model')
    .option('--output <name>', 'ask for this output of the model only', '')
    .option('--request-id <id>', 'echoed in the result; must not identify a patient')
    .option('--json', 'print the whole response as JSON')
    .addHelpText('after', HELP)
    .action(
      async (
        { modelName, modelVersion }: ModelReference,
        file: string,
        options: ServerOptions & {
          requestId?: string;
          json?: boolean;
          highlight?: boolean;
          out: string[];
          output: string;
          frame?: number;
          from?: number;
          length?: number;
        },
      ) => {
        const clock = new StageClock();
        // An extension that cannot be written is a mistake of the command line, whatever the server says.
        for (const path of options.out) {
          resultFormat(path);
          if (resolve(path) !== resolve(file)) continue;
          throw new DeepHealthError(
            'DH_REQUEST_MALFORMED',
            'A result would overwrite the input file. Choose another --out.',
          );
        }
        const part = {
          ...(options.from !== undefined && { fromS: options.from }),
          ...(options.length !== undefined && { lengthS: options.length }),
        };
        // Where results are drawn over the input, they lie on the frame that was sent.
        let frame = 0;
        const response = await withClient(options, async (client) => {
          const model = await client.getModel(modelName, modelVersion);
          // A version that was refused describes no inputs: whatever is sent, the server says why.
          const isDescribed = model.inputs.length > 0;
          frame = isDescribed ? await frameOf(file, model, options.frame) : 0;
          const inputs = isDescribed ? await readInputFile(file, model, { frame, ...part }) : [];
          const outputs = options.output === '' ? [] : [options.output];
          const highlights = options.highlight && isDescribed ? highlightsOf(model, outputs) : [];
          const request = { modelName, modelVersion, inputs, outputs, highlights, requestId: options.requestId ?? '' };
          return withProgress('predicting', options.json ?? false, () => client.predict(request));
        });
        const { modelName: name = '', modelVersion: version = '', packageSha256 } = response.provenance ?? {};
        const stage = clock.end({ stage: 'first-prediction', humanSteps: 1, packageSha256 });
        await noteStage({ name, version }, stage, { once: true });
        for (const path of options.out) await writeResult(path, response, { path: file, frame });
        if (options.json) return printJson(response);
        const rows = response.findings.map((finding) => {
          const line = formatFinding(finding);
          return [line.finding, line.value, line.threshold];
        });
        process.stdout.write(`${formatTable(['FINDING', 'PROBABILITY OR VALUE', 'THRESHOLD'], rows)}\n`);
        for (const { name, highlight } of response.findings) {
          if (highlight) process.stdout.write(`\nregion behind ${name}: ${highlight.method}\n`);
        }
        const p = response.provenance;
        for (const { output, method, temperature, data } of p?.calibrations ?? []) {
          process.stdout.write(`\n${output} is calibrated: ${method} ${temperature}, fitted on ${data}\n`);
        }
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
