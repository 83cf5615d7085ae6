import { checkRepeats, compareWithCrate, readRunCrate, resultDiffers } from '@deephealth/adapter-piaf';
import { DeepHealthError } from '@deephealth/sdk';
import { Command } from 'commander';
import { chainFrom } from '../../chains/chain-options.js';
import { type CohortFlags, runCohort, withCohortOptions } from '../../chains/run-cohort.js';
import { printJson } from '../../output/print.js';

const HELP = `
The crate says which chain of which package ran, with which parameters, and what came out. The studies themselves are
not in it: they are given again, in the same order, and must be the same after cleaning, which for DICOM takes the
same --uid-key-file. A result that differs is not written; what differs is named.

Example:
  $ deephealth chain rerun result --package my-models/lesion/1.0.0 --out again a.dcm b.dcm c.dcm`;

export function createChainRerun(): Command {
  return withCohortOptions(new Command('rerun').description('Run a crate of results again, and compare.'))
    .argument('<crate>', 'folder with ro-crate-metadata.json')
    .argument('<input...>', 'the studies, in their order')
    .requiredOption('--package <folder>', 'the package that the crate was made with')
    .addHelpText('after', HELP)
    .action(async (folder: string, paths: readonly string[], flags: CohortFlags & { readonly package: string }) => {
      const crate = await readRunCrate(folder);
      const [name, version, label = ''] = crate.chain.split('/');
      const chosen = await chainFrom({ package: flags.package, chain: label });
      const { manifest, packageSha256 } = chosen.package;
      if (manifest.name !== name || manifest.version !== version || packageSha256 !== crate.packageSha256) {
        throw new DeepHealthError(
          'DH_CHAIN_REQUEST_INVALID',
          `The crate was made with ${name} ${version}, package ${crate.packageSha256}. Give that package.`,
          { details: { field: 'package' } },
        );
      }
      const { items } = await runCohort(
        {
          ...{ ...chosen, paths, parameters: crate.parameters },
          onStaged: (staged) => checkRepeats(crate, staged),
          async check(result) {
            const differences = await compareWithCrate(crate, result);
            if (differences.length > 0) throw resultDiffers(differences);
          },
        },
        flags,
      );
      const artefacts = crate.artefacts.length;
      if (flags.json) return printJson({ items, artefacts, isSame: true });
      process.stdout.write(`${items} items again, and the same bytes in all ${artefacts} artefacts\n`);
    });
}
