import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExportableChain, exportBoutiques, exportCwl, exportOgcProcess } from '@deephealth/adapter-piaf';
import { DeepHealthError } from '@deephealth/sdk';
import { Command, Option } from 'commander';
import { chainFrom } from '../../chains/chain-options.js';

const json = (document: unknown) => `${JSON.stringify(document, null, 2)}\n`;

/** What a chain is described as, by the name on the command line. */
const FORMATS: Readonly<Record<string, (chain: ExportableChain) => ReadonlyMap<string, string>>> = {
  cwl: exportCwl,
  ogc: (chain) => new Map([['process.json', json(exportOgcProcess(chain))]]),
  boutiques: (chain) => new Map([['boutiques.json', json(exportBoutiques(chain))]]),
};

const HELP = `
cwl: one tool for each step, the workflow over them, all of it as one document, and a job order to fill in (CWL v1.2);
ogc: a process description (OGC API - Processes); boutiques: a descriptor (Boutiques 0.5) of "deephealth batch".

Example:
  $ deephealth chain export my-models/lesion/1.0.0 --format cwl --out cwl
  $ cwltool cwl/workflow.cwl job.json`;

export function createChainExport(): Command {
  return new Command('export')
    .description('Describe a chain for engines and platforms, from its package.')
    .argument('<package>', 'package folder <name>/<version> with bindings/processing-chain.json')
    .addOption(new Option('--format <name>', 'what as').choices(Object.keys(FORMATS)).makeOptionMandatory())
    .requiredOption('--out <folder>', 'where the documents go; they replace those of the same names')
    .option('--chain <label>', 'which of the chains of the package; default: the only one')
    .addHelpText('after', HELP)
    .action(async (folder: string, flags: { format: string; out: string; chain?: string }) => {
      const { package: model, chain } = await chainFrom({
        package: folder,
        ...(flags.chain !== undefined && { chain: flags.chain }),
      });
      const { manifest, packageSha256 } = model;
      const files = FORMATS[flags.format]?.({ manifest, packageSha256, binding: chain }) ?? new Map<string, string>();
      try {
        await mkdir(flags.out, { recursive: true });
        for (const [name, text] of files) await writeFile(join(flags.out, name), text);
      } catch (cause) {
        throw new DeepHealthError('DH_OUTPUT_NOT_WRITTEN', 'The folder of --out cannot be written.', { cause });
      }
      process.stdout.write(`wrote ${[...files.keys()].join(', ')} to ${flags.out}\n`);
    });
}
