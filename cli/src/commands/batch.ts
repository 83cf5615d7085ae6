import { Command } from 'commander';
import { chainFrom, parameterOption } from '../chains/chain-options.js';
import { type CohortFlags, runCohort, withCohortOptions } from '../chains/run-cohort.js';
import { printJson } from '../output/print.js';

const HELP = `
The package says in bindings/processing-chain.json what it takes. Inputs are cleaned of what identifies persons
before anything else happens, and are called item-000001, item-000002, ... in their order from then on. A run that
was ended, by whatever, goes on with the same command; the result has the same bytes wherever it is computed.

Examples:
  $ deephealth batch samples/models/chest-xray-pneumonia/1.0.0 xrays/ --out result
  $ deephealth batch my-models/lesion/2.1.0 a.dcm b.dcm c.dcm --out result --jobs 8
  $ deephealth batch my-models/tumour/1.0.0 slides/*.svs --out result --param micronsPerPixel=0.25
  $ deephealth batch my-models/tumour/1.0.0 slides/*.svs --out result --backend slurm`;

interface Flags extends CohortFlags {
  readonly chain?: string;
  readonly param: Readonly<Record<string, number | boolean>>;
}

export function createBatchCommand(): Command {
  return withCohortOptions(
    new Command('batch').description('Run a model over a cohort: cleaned inputs, chunks, one result for all.'),
  )
    .argument('<package>', 'package folder <name>/<version> with bindings/processing-chain.json')
    .argument('<input...>', 'studies: files, folders of files, folders of DICOM series, or slides')
    .option('--chain <label>', 'which of the chains of the package; default: the only one')
    .option('--param <name=value>', 'parameter of the chain; may be given several times', parameterOption, {})
    .addHelpText('after', HELP)
    .action(async (folder: string, paths: readonly string[], flags: Flags) => {
      const chosen = await chainFrom({ package: folder, ...(flags.chain !== undefined && { chain: flags.chain }) });
      const { summary, items } = await runCohort({ ...chosen, paths, parameters: flags.param }, flags);
      if (flags.json) return printJson(summary);
      process.stdout.write(`${items} items, written to ${flags.out}; look at report.html there\n`);
    });
}
