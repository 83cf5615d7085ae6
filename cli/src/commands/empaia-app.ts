import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  analysisOf,
  createEad,
  defaultEmpaiaNamespace,
  empaiaConnection,
  readSlidePackage,
  runEmpaiaJob,
  withEmpaiaJob,
} from '@deephealth/adapter-digital-pathology';
import { DeepHealthError } from '@deephealth/sdk';
import { Command, Option } from 'commander';
import { withModel } from '../evaluation/with-model.js';
import { printJson } from '../output/print.js';
import { parseMpp } from '../slides/slide-options.js';
import { slideProgress } from '../slides/slide-progress.js';
import { numberOption } from './number-option.js';
import { type CredentialFlags, withCredentialOptions } from './server-credentials.js';
import { abortOnSignal } from './stop-on-signal.js';

const MODEL_VARIABLE = 'DEEPHEALTH_SLIDE_MODEL';
const NAMESPACE_VARIABLE = 'DEEPHEALTH_EMPAIA_NAMESPACE';

const HELP = `
An image with this command and a package is an app for EMPAIA (App API v3): the platform starts it with EMPAIA_APP_API,
EMPAIA_JOB_ID and EMPAIA_TOKEN in its environment. The package is named by -m or by ${MODEL_VARIABLE}, and the
namespace of its classes by --namespace or by ${NAMESPACE_VARIABLE}: it must be that of the description.

Tested against a double of the API in this repository alone, and not against EMPAIA's own test suite.

Examples:
  $ deephealth empaia-app --ead -m my-models/tumour/2.1.0 --namespace org.empaia.my_lab.tumour.v3.0 > ead.json
  $ deephealth empaia-app -m my-models/tumour/2.1.0 --work /data/jobs`;

interface EmpaiaAppFlags extends CredentialFlags {
  readonly model?: string;
  readonly analysis?: string;
  readonly namespace?: string;
  readonly ead?: boolean;
  readonly regionsOfInterest: boolean;
  readonly work?: string;
  readonly unreadable: 'fail' | 'mark';
  readonly mpp?: { readonly x: number; readonly y: number };
  readonly address?: string;
  readonly timeout: number;
}

export function createEmpaiaAppCommand(): Command {
  return withCredentialOptions(
    new Command('empaia-app')
      .description('Run as an app for EMPAIA: one job, from its slide to its outputs.')
      .option('-m, --model <folder>', `package folder <name>/<version>; default: ${MODEL_VARIABLE}`)
      .option('--analysis <label>', 'which of the analyses of the package; default: the only one')
      .option(
        '--namespace <name>',
        `org.empaia.<vendor>.<app>.v3.<number>; default: ${NAMESPACE_VARIABLE}, or the model's`,
      )
      .option('--ead', 'print the EMPAIA App Description (ead.json), and do nothing else')
      .option('--no-regions-of-interest', 'an EAD whose standalone mode takes the whole slide')
      .option('--work <folder>', 'keeps the state of jobs, so that one that is started again goes on')
      .addOption(
        new Option('--unreadable <rule>', 'where the slide cannot be read: fail, or mark the place as not examined')
          .choices(['fail', 'mark'])
          .default('fail'),
      )
      .option('--mpp <um>', 'micrometres of a pixel of the finest level; goes before what the platform says', parseMpp)
      .option('--address <host:port>', 'server that serves the package; default: one is started')
      .option('--timeout <seconds>', 'deadline of the calls before the first tile', numberOption(0.001, 86_400), 30)
      .addHelpText('after', HELP)
      .action(run),
  );
}

async function run(flags: EmpaiaAppFlags): Promise<void> {
  if (flags.ead === true) return printEad(flags);
  const connection = empaiaConnection(process.env);
  // A package that is missing is the job's failure, too: the platform waits to hear of it.
  await withEmpaiaJob(connection, async () => {
    const { folder, model, analysis, namespace } = await packageOf(flags);
    const { name, version } = model.manifest;
    const reference = flags.address === undefined ? folder : `${name}@${version}`;
    await withModel(reference, { address: '', ...flags }, async ({ client }) => {
      const progress = slideProgress(false);
      try {
        const { warnings } = await abortOnSignal((signal) =>
          runEmpaiaJob({
            ...connection,
            ...{ client, model, analysis, namespace, signal, unreadable: flags.unreadable },
            folder: join(flags.work ?? join(tmpdir(), 'deephealth-empaia'), connection.jobId),
            ...(flags.mpp === undefined ? {} : { micronsPerPixel: flags.mpp }),
            onProgress: progress.update,
          }),
        );
        for (const warning of warnings) process.stdout.write(`note: ${warning}\n`);
      } finally {
        progress.end();
      }
    });
  });
  process.stdout.write('The job is finalized.\n');
}

async function printEad(flags: EmpaiaAppFlags): Promise<void> {
  const { model, analysis, namespace } = await packageOf(flags);
  printJson(createEad(model.manifest, analysis, { namespace, regionsOfInterest: flags.regionsOfInterest }));
}

async function packageOf(flags: EmpaiaAppFlags) {
  const folder = flags.model ?? process.env[MODEL_VARIABLE];
  if (folder === undefined) {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      `No model is named. Give -m, or set ${MODEL_VARIABLE} to a package folder.`,
    );
  }
  const model = await readSlidePackage(folder);
  return {
    ...{ folder, model, analysis: analysisOf(model.binding, flags.analysis) },
    namespace: flags.namespace ?? process.env[NAMESPACE_VARIABLE] ?? defaultEmpaiaNamespace(model.manifest),
  };
}
