import { readFile } from 'node:fs/promises';
import { type StageInput, stageIn } from '@deephealth/adapter-piaf';
import { DeepHealthError } from '@deephealth/sdk';
import { Command } from 'commander';
import { type ChainFlags, chainFrom, parameterOption, withChainOptions } from '../../chains/chain-options.js';
import { describingFailure } from '../../chains/describing-failure.js';
import { readUidKey } from '../../chains/uid-key.js';
import { countProgress } from '../../output/count-progress.js';
import { abortOnSignal } from '../stop-on-signal.js';

interface Flags extends ChainFlags {
  readonly out: string;
  readonly param: Readonly<Record<string, number | boolean>>;
  readonly uidKeyFile?: string;
  readonly checksum: readonly string[];
  readonly inputsFile?: string;
  readonly attemptFile?: string;
}

const collect = (value: string, earlier: readonly string[]) => [...earlier, value];

export function createChainStageIn(): Command {
  return withChainOptions(
    new Command('stage-in').description('Clean inputs of what identifies persons, and copy them to where tasks read.'),
  )
    .argument('[input...]', 'studies, in the order in which their results will stand')
    .requiredOption('--out <folder>', 'comes into being at once; if it is there, nothing is done')
    .option('--param <name=value>', 'parameter of the chain; may be given several times', parameterOption, {})
    .option('--uid-key-file <file>', 'secret of the site that DICOM UIDs are replaced with; default: one of this step')
    .option(
      '--checksum <sha>',
      'sha1$<hex> or sha256$<hex> of the inputs, once for each in their order, - for none',
      collect,
      [],
    )
    .option('--inputs-file <file>', 'the studies as JSON instead, [{"path": "...", "checksum": "sha256$..."}, ...]')
    .option('--attempt-file <file>', 'where a failure is described for the program that started the step')
    .action((paths: readonly string[], flags: Flags) =>
      describingFailure(flags.attemptFile, async () => {
        const inputs = await inputsOf(paths, flags);
        const { package: model, chain } = await chainFrom(flags);
        const uidKey = await readUidKey(flags.uidKeyFile);
        const progress = countProgress('staging, items', inputs.length, false);
        await abortOnSignal((signal) =>
          stageIn({
            ...{ package: model, chain, uidKey, signal, out: flags.out, parameters: flags.param },
            inputs,
            onProgress: progress.update,
          }),
        );
        progress.end();
      }),
    );
}

async function inputsOf(paths: readonly string[], { inputsFile, checksum }: Flags): Promise<readonly StageInput[]> {
  if (inputsFile === undefined) {
    return paths.map((path, index) => {
      const given = checksum[index] ?? '-';
      return given === '-' ? { path } : { path, checksum: given };
    });
  }
  const isInput = (one: unknown): one is StageInput => {
    const { path, checksum: sum } = (one ?? {}) as { path?: unknown; checksum?: unknown };
    return typeof path === 'string' && (sum === undefined || typeof sum === 'string');
  };
  const listed: unknown = await readFile(inputsFile, 'utf8')
    .then((text) => JSON.parse(text))
    .catch(() => undefined);
  if (paths.length === 0 && Array.isArray(listed) && listed.every(isInput)) return listed;
  throw new DeepHealthError(
    'DH_CHAIN_REQUEST_INVALID',
    'The file of --inputs-file must list all inputs as JSON, [{"path": "...", "checksum": "sha256$..."}, ...], and stands for them.',
    { details: { field: 'inputs-file' } },
  );
}
