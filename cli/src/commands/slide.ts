import {
  analysisOf,
  LEAST_FILTER_SHARE,
  predictToFolder,
  readCrs4Coverage,
  readSlidePackage,
  SLIDE_FORMATS,
  type Slide,
  type SlideReport,
} from '@deephealth/adapter-digital-pathology';
import { DeepHealthError } from '@deephealth/sdk';
import { Command, InvalidArgumentError } from 'commander';
import { withModel } from '../evaluation/with-model.js';
import { formatTable, printJson, shortDigest } from '../output/print.js';
import { DICOMWEB_TOKEN, type SlideFlags, withSlide, withSlideOptions } from '../slides/slide-options.js';
import { slideProgress } from '../slides/slide-progress.js';
import { DEFAULT_ADDRESS, type ServerOptions } from './connection.js';
import { integerOption, numberOption } from './number-option.js';
import { withCredentialOptions } from './server-credentials.js';
import { createSlideStoreCommand } from './slide-store.js';
import { createSlideView } from './slide-view.js';
import { abortOnSignal } from './stop-on-signal.js';

const HELP = `
Examples:
  $ deephealth slide info slide.svs
  $ deephealth slide predict samples/models/tissue-pixels/1.0.0 slide.svs --out result
  $ deephealth slide predict my-models/tumour/2.1.0 slide.mrxs --out result --address runtime:8500
  $ deephealth slide view slide.svs --result result
  $ deephealth slide store result --dicomweb https://pacs.example/dicom-web

Slides: what OpenSlide reads where it is installed (SVS, MRXS, NDPI, SCN, tiled TIFF, ...), pyramidal TIFF and
plain pictures without it, DICOM whole-slide files and folders, and a series on a DICOMweb server:
http(s)://.../studies/<uid>/series/<uid>, with a bearer token in ${DICOMWEB_TOKEN} if it wants one.`;

const PREDICT_HELP = `
The package says in bindings/digital-pathology.json how its model is led over a slide. Without --address, a
server is started for the time of the run; with it, the server must serve the very same package.
A run that was ended, by whatever, goes on with the same command, and the result has the same bytes.

Formats: ${Object.entries(SLIDE_FORMATS)
  .map(([name, { what }]) => `${name}: ${what}`)
  .join('; ')}.`;

const SLIDE_ARGUMENT = 'slide file, folder of DICOM files, or address of a DICOMweb series';

interface PredictFlags extends SlideFlags, ServerOptions {
  readonly out: string;
  readonly analysis?: string;
  readonly level?: number;
  readonly formats?: readonly string[];
  readonly filter?: string;
  readonly filterSlide?: string;
  readonly unreadable: 'fail' | 'mark';
  readonly overwrite?: boolean;
  readonly keepRun?: boolean;
}

export function createSlideCommand(setExitCode: (code: number) => void): Command {
  return new Command('slide')
    .description('Whole slides: what one is, a model led over it, and a page to look at both.')
    .addHelpText('after', HELP)
    .addCommand(createInfo())
    .addCommand(createPredict())
    .addCommand(createSlideStoreCommand(setExitCode))
    .addCommand(createSlideView());
}

function createInfo(): Command {
  return withSlideOptions(
    new Command('info').description('Format, levels, size of pixels and scanned part of a slide.'),
  )
    .argument('<slide>', SLIDE_ARGUMENT)
    .option('--json', 'as JSON')
    .action((path: string, flags: SlideFlags) =>
      withSlide(path, flags, async ({ name, format, sha256, geometry }) => {
        if (flags.json) return printJson({ name, format, sha256, geometry });
        process.stdout.write(`${slideText({ name, format, sha256, geometry })}\n`);
      }),
    );
}

function slideText({ name, format, sha256, geometry }: Pick<Slide, 'name' | 'format' | 'sha256' | 'geometry'>): string {
  const { micronsPerPixel: mpp, bounds, levels } = geometry;
  const [canvas] = levels;
  const isWhole = bounds.width === canvas?.width && bounds.height === canvas.height;
  return [
    `${name}: ${format}, sha256 ${shortDigest(sha256)}`,
    `size of a pixel: ${mpp.x} x ${mpp.y} um (${mpp.source})`,
    `scanned part: ${isWhole ? 'all' : `${bounds.width} x ${bounds.height} pixels from ${bounds.x}, ${bounds.y}`}`,
    '',
    formatTable(
      ['level', 'pixels', 'reduced by', 'um a pixel', 'tiles'],
      levels.map(({ width, height, downsample, storedTile }, index) => [
        String(index),
        `${width} x ${height}`,
        String(Number(downsample.toPrecision(6))),
        String(Number((mpp.x * downsample).toPrecision(4))),
        storedTile === undefined ? '-' : `${storedTile.width} x ${storedTile.height}`,
      ]),
    ),
  ].join('\n');
}

function createPredict(): Command {
  return withCredentialOptions(
    withSlideOptions(new Command('predict').description('Lead a model over a slide and write the map.'))
      .argument('<package>', 'package folder <name>/<version>')
      .argument('<slide>', SLIDE_ARGUMENT)
      .requiredOption('--out <folder>', 'where the results go')
      .option('--analysis <label>', 'which of the analyses of the package; default: the only one')
      .option('--level <number>', 'read this level as it is, whatever the package says', integerOption(0, 64))
      .option(
        '--formats <names>',
        `comma-separated: ${Object.keys(SLIDE_FORMATS).join(', ')}; default: all`,
        parseFormats,
      )
      .option(
        '-F, --filter <condition>',
        'ask only where an earlier map says so, such as "tissue>0.5"; instead of the tissue of the package',
      )
      .option('--filter-slide <archive>', 'archive of that map, <label>.zip')
      .option(
        '--unreadable <rule>',
        'where the slide cannot be read: fail, or mark the place as unread',
        parseUnreadable,
        'fail',
      )
      .option('--overwrite', 'replace results of the same name')
      .option('--keep-run', 'keep the state of the run beside the results')
      .option(
        '--address <host:port>',
        `server that serves the package, such as ${DEFAULT_ADDRESS}; default: one is started`,
      )
      .option('--timeout <seconds>', 'deadline of the calls before the first tile', numberOption(0.001, 86_400), 30)
      .option('--json', 'print the report')
      .addHelpText('after', PREDICT_HELP)
      .action((folder: string, path: string, flags: PredictFlags) => predict(folder, path, flags)),
  );
}

async function predict(folder: string, path: string, flags: PredictFlags): Promise<void> {
  const filter = await filterOf(flags);
  const model = await readSlidePackage(folder);
  const analysis = analysisOf(model.binding, flags.analysis);
  const report = await withSlide(path, flags, (slide) => {
    const { name, version } = model.manifest;
    const reference = flags.address === undefined ? folder : `${name}@${version}`;
    return withModel(reference, flags, async ({ client }) => {
      const progress = slideProgress(flags.json ?? false);
      try {
        return await abortOnSignal((signal) =>
          predictToFolder({
            ...{ slide, client, model, analysis, signal, folder: flags.out },
            ...(flags.formats === undefined ? {} : { formats: flags.formats }),
            ...(flags.level === undefined ? {} : { level: flags.level }),
            ...(filter === undefined ? {} : { filter }),
            ...{ unreadable: flags.unreadable, overwrite: flags.overwrite ?? false },
            ...{ keepRun: flags.keepRun ?? false, onProgress: progress.update },
          }),
        );
      } finally {
        progress.end();
      }
    });
  });
  if (flags.json) return printJson(report);
  process.stdout.write(`${reportText(report)}\n`);
}

/** Where to ask the model, by the map of another one. */
async function filterOf({ filter, filterSlide }: PredictFlags) {
  if (filter === undefined && filterSlide === undefined) return undefined;
  if (filter === undefined || filterSlide === undefined) {
    throw new DeepHealthError(
      'DH_REQUEST_MALFORMED',
      'A filter has a condition and an archive: give --filter and --filter-slide together.',
    );
  }
  return { ...(await readCrs4Coverage({ condition: filter, archive: filterSlide })), minShare: LEAST_FILTER_SHARE };
}

function reportText(report: SlideReport): string {
  const { examined, skipped, abstained, unread } = report.tiles;
  return [
    `${report.title}: ${report.provenance.model.name} ${report.provenance.model.version} on ${report.slide.name}`,
    `tiles: ${examined} examined, ${skipped} without tissue, ${abstained} without a decision, ${unread} not readable`,
    ...report.classes.map(
      ({ label, areaMm2, threshold }) => `${label}: ${Number(areaMm2.toPrecision(4))} mm2 from ${threshold} on`,
    ),
    ...report.warnings.map((warning) => `note: ${warning}`),
    `wrote ${report.files.join(', ')}, ${report.label}.report.json`,
  ].join('\n');
}

function parseFormats(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !Object.hasOwn(SLIDE_FORMATS, name));
  if (unknown === undefined) return [...new Set(names)];
  throw new InvalidArgumentError(
    `There is no format "${unknown}". There are ${Object.keys(SLIDE_FORMATS).join(', ')}.`,
  );
}

function parseUnreadable(text: string): 'fail' | 'mark' {
  if (text === 'fail' || text === 'mark') return text;
  throw new InvalidArgumentError('Expected fail or mark.');
}
