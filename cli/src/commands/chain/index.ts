import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { mergeParts, readLabels, stageOut, writeChunks } from '@deephealth/adapter-piaf';
import { Command } from 'commander';
import { type ChainFlags, chainFrom, withChainOptions } from '../../chains/chain-options.js';
import { describingFailure } from '../../chains/describing-failure.js';
import { EXIT } from '../../exit-codes.js';
import { abortOnSignal } from '../stop-on-signal.js';
import { createChainExport } from './export.js';
import { createChainInfer } from './infer.js';
import { createChainRerun } from './rerun.js';
import { createChainStageIn } from './stage-in.js';

const HELP = `
The steps of a processing chain, each a program of its own: what CWL engines, batch systems and "deephealth batch"
put together. Every folder that a step makes comes into being at once, and a step whose folder is there does nothing.

Examples:
  $ deephealth chain stage-in --package my-models/lesion/1.0.0 --out staged a.dcm b.dcm c.dcm
  $ deephealth chain chunk --package my-models/lesion/1.0.0 --staged staged --out chunks
  $ deephealth chain infer --package my-models/lesion/1.0.0 --staged staged --chunk chunks/chunk-00000.json --out parts/chunk-00000
  $ deephealth chain merge --package my-models/lesion/1.0.0 --staged staged --out result parts/*
  $ deephealth chain stage-out --result result --out /archive/lesions
  $ deephealth chain export my-models/lesion/1.0.0 --format cwl --out cwl
  $ deephealth chain rerun result --package my-models/lesion/1.0.0 --out again a.dcm b.dcm c.dcm`;

export function createChainCommand(): Command {
  return new Command('chain')
    .description('Steps of a processing chain, its descriptions, and results run again.')
    .addHelpText('after', HELP)
    .hook('preAction', endWithStarter)
    .addCommand(createChainStageIn())
    .addCommand(createChunk())
    .addCommand(createChainInfer())
    .addCommand(createMerge())
    .addCommand(createStageOut())
    .addCommand(createChainExport())
    .addCommand(createChainRerun());
}

/** Of a step that a program started for itself: it does not outlive it, not even where that was killed. */
function endWithStarter(): void {
  if (process.env.DEEPHEALTH_END_WITH_INPUT !== '1') return;
  process.stdin.on('close', () => process.exit(EXIT.refused)).resume();
  process.stdin.unref();
}

function createChunk(): Command {
  return withChainOptions(new Command('chunk').description('Divide the staged items into tasks.'))
    .requiredOption('--staged <folder>', 'what stage-in wrote')
    .requiredOption('--out <folder>', 'a document for each task; comes into being at once')
    .action(async (flags: ChainFlags & { readonly staged: string; readonly out: string }) => {
      const { chain } = await chainFrom(flags);
      await writeChunks(flags.staged, chain, flags.out);
    });
}

interface MergeFlags extends ChainFlags {
  readonly staged: string;
  readonly out: string;
  readonly partsFolder?: string;
  readonly labels?: string;
  readonly attemptFile?: string;
}

function createMerge(): Command {
  return withChainOptions(new Command('merge').description('Put all parts together, in the order of the inputs.'))
    .argument('[part...]', 'folders that infer wrote')
    .requiredOption('--staged <folder>', 'what stage-in wrote')
    .requiredOption('--out <folder>', 'the result; comes into being at once')
    .option('--labels <file>', 'what is true of the items, .csv or .json: the report compares')
    .option('--parts-folder <folder>', 'takes all folders in there as parts')
    .option('--attempt-file <file>', 'where a failure is described for the program that started the step')
    .action((parts: readonly string[], flags: MergeFlags) =>
      describingFailure(flags.attemptFile, async () => {
        const { package: model, chain } = await chainFrom(flags);
        const all = [...parts, ...(await partsIn(flags.partsFolder))];
        const labels = flags.labels === undefined ? {} : { labels: await readLabels(flags.labels) };
        await abortOnSignal((signal) =>
          mergeParts({ package: model, chain, staged: flags.staged, parts: all, out: flags.out, ...labels, signal }),
        );
      }),
    );
}

/** Folders whose name begins with a dot are of tasks that have not ended. */
async function partsIn(folder: string | undefined): Promise<string[]> {
  if (folder === undefined) return [];
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => join(folder, name))
    .sort();
}

function createStageOut(): Command {
  return new Command('stage-out')
    .description('Copy a result to where it is wanted, and read the copy back.')
    .requiredOption('--result <folder>', 'what merge wrote')
    .requiredOption('--out <folder>', 'where it goes; comes into being at once')
    .action(async (flags: { readonly result: string; readonly out: string }) => {
      await abortOnSignal((signal) => stageOut(flags.result, flags.out, signal));
    });
}
