import { analysisOf, fixedBatch, readSlidePackage } from '@deephealth/adapter-digital-pathology';
import { DeepHealthError } from '@deephealth/sdk';
import { Command, Option } from 'commander';
import { withModel } from '../evaluation/with-model.js';
import { type SlideFlags, withSlide, withSlideOptions } from '../slides/slide-options.js';
import { slideProgress } from '../slides/slide-progress.js';
import { integerOption, numberOption } from './number-option.js';
import { type CredentialFlags, withCredentialOptions } from './server-credentials.js';
import { abortOnSignal } from './stop-on-signal.js';

const MODEL_VARIABLE = 'DEEPHEALTH_SLIDE_MODEL';

const HELP = `
In the place of "fixed-batch" of CRS4's slaid: the same options, and the same archive. The model is a package with
bindings/digital-pathology.json, named by -m or by the variable ${MODEL_VARIABLE}, as an image does whose
commands name no model. Batch and chunk sizes are the runtime's own to choose; they are taken and change nothing.

Examples:
  $ deephealth fixed-batch -m my-models/tissue/1.0.0 -l 9 -L tissue_low -o out --writer zip slide.mrxs
  $ deephealth fixed-batch -m my-models/tumour/2.1.0 -l 1 -L tumor -F 'tissue_low>0.8' \\
      --filter-slide out/slide.mrxs.zip -o tumour --writer zip slide.mrxs`;

interface FixedBatchFlags extends SlideFlags, CredentialFlags {
  readonly model?: string;
  readonly level: number;
  readonly outputDir: string;
  readonly label: string;
  readonly threshold?: number;
  readonly gpu?: string;
  readonly writer: 'zip' | 'zarr';
  readonly filter?: string;
  readonly filterSlide?: string;
  readonly overwrite?: boolean;
  readonly round: boolean;
  readonly address?: string;
  readonly timeout: number;
}

export function createFixedBatchCommand(): Command {
  const anyNumber = integerOption(0, 2 ** 31 - 1);
  return withCredentialOptions(
    withSlideOptions(
      new Command('fixed-batch').description("Drop-in for CRS4's slaid: one level of a slide, one array."),
    )
      .argument('<slide>', 'slide file')
      .option('-m, --model <folder>', `package folder <name>/<version>; default: ${MODEL_VARIABLE}`)
      .requiredOption('-l, --level <number>', 'level of the slide that is read as it is', integerOption(0, 64))
      .requiredOption('-o, --output-dir <folder>', 'where the archive goes')
      .requiredOption('-L, --label <name>', 'name of the array')
      .option('-t, --threshold <number>', '1 from this probability on, else 0', numberOption(0, 1))
      .option('--gpu <number>', 'taken, and without consequence: the runtime chooses where it runs')
      .addOption(new Option('-w, --writer <form>', 'archive or folder').choices(['zarr', 'zip']).default('zarr'))
      .option('-F, --filter <condition>', 'where to ask the model, such as "tissue_low>0.1"')
      .option('--filter-slide <archive>', 'archive of the run that made the array of the filter')
      .option('--overwrite', 'replace an archive of the same name')
      .addOption(new Option('--overwrite-output-if-exists', 'the same, by its long name').implies({ overwrite: true }))
      .option('--no-round', 'probabilities as they are instead of 0 to 100')
      .addOption(
        new Option('-r, --slide-reader <name>', 'taken, and without consequence').choices(['ecvl', 'openslide']),
      )
      .option('-b, --batch-size <number>', 'taken, and without consequence', anyNumber)
      .option('--chunk-size <number>', 'taken, and without consequence', anyNumber)
      .option('--address <host:port>', 'server that serves the package; default: one is started')
      .option('--timeout <seconds>', 'deadline of the calls before the first tile', numberOption(0.001, 86_400), 30)
      .addHelpText('after', HELP)
      .action(run),
  );
}

async function run(path: string, flags: FixedBatchFlags): Promise<void> {
  const folder = flags.model ?? process.env[MODEL_VARIABLE];
  if (folder === undefined) {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      `No model is named. Give -m, or set ${MODEL_VARIABLE} to a package folder.`,
    );
  }
  if ((flags.filter === undefined) !== (flags.filterSlide === undefined)) {
    throw new DeepHealthError(
      'DH_REQUEST_MALFORMED',
      'A filter has a condition and an archive: give -F and --filter-slide together.',
    );
  }
  const model = await readSlidePackage(folder);
  const { name, version } = model.manifest;
  const written = await withSlide(path, flags, (slide) =>
    withModel(
      flags.address === undefined ? folder : `${name}@${version}`,
      { address: '', ...flags },
      async ({ client }) => {
        const progress = slideProgress(false);
        try {
          return await abortOnSignal((signal) =>
            fixedBatch({
              ...{ slide, client, model, analysis: analysisOf(model.binding), signal, onProgress: progress.update },
              ...{ outputFolder: flags.outputDir, label: flags.label, level: flags.level, writer: flags.writer },
              ...{ noRound: !flags.round, overwrite: flags.overwrite ?? false },
              ...(flags.threshold === undefined ? {} : { threshold: flags.threshold }),
              ...(flags.filter === undefined || flags.filterSlide === undefined
                ? {}
                : { filter: { condition: flags.filter, archive: flags.filterSlide } }),
            }),
          );
        } finally {
          progress.end();
        }
      },
    ),
  );
  // As slaid does, for the scripts around it.
  process.stdout.write(`${written}\n`);
}
