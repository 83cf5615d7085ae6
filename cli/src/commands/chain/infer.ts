import { type ChainBinding, type ChainPackage, type ItemPredictor, inferChunk } from '@deephealth/adapter-piaf';
import { Command } from 'commander';
import { type ChainFlags, chainFrom, withChainOptions } from '../../chains/chain-options.js';
import { describingFailure } from '../../chains/describing-failure.js';
import { withPredictor } from '../../chains/with-predictor.js';
import { countProgress } from '../../output/count-progress.js';
import { type CredentialFlags, withCredentialOptions } from '../server-credentials.js';
import { abortOnSignal } from '../stop-on-signal.js';

interface Flags extends ChainFlags, CredentialFlags {
  readonly staged: string;
  readonly chunk: string;
  readonly out: string;
  readonly address?: string;
  readonly attemptFile?: string;
}

const HELP = `
A part that is there already is left as it is, and nothing is asked: a task may be begun anew by whatever engine.
Without --address, or where the runtime there serves another package, a runtime is started for the time of the task.`;

export function createChainInfer(): Command {
  return withCredentialOptions(
    withChainOptions(new Command('infer').description('Run the model on the items of one chunk.'))
      .requiredOption('--staged <folder>', 'what stage-in wrote')
      .requiredOption('--chunk <file>', 'one of what chunk wrote')
      .requiredOption('--out <folder>', 'part of the chunk; comes into being at once')
      .option('--address <host:port>', 'runtime to ask')
      .option('--attempt-file <file>', 'where a failure is described for the program that started the task')
      .addHelpText('after', HELP)
      .action((flags: Flags) =>
        describingFailure(flags.attemptFile, async () => {
          const { package: model, chain } = await chainFrom(flags);
          await abortOnSignal((signal) => inferWith(model, chain, flags, signal));
        }),
      ),
  );
}

/** The model is only looked for where there is something to do. */
async function inferWith(model: ChainPackage, chain: ChainBinding, flags: Flags, signal: AbortSignal): Promise<void> {
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let ended: Promise<void> | undefined;
  const progress: { current?: ReturnType<typeof countProgress> } = {};
  try {
    await inferChunk({
      ...{ package: model, chain, signal, staged: flags.staged, chunkFile: flags.chunk, out: flags.out },
      predictor: () =>
        new Promise<ItemPredictor>((resolve, reject) => {
          ended = withPredictor(model, chain, flags, (predictor) => {
            resolve(predictor);
            return finished;
          });
          ended.catch(reject);
        }),
      onProgress(done, total) {
        progress.current ??= countProgress('items', total, false);
        progress.current.update(done);
      },
    });
  } finally {
    progress.current?.end();
    finish();
    await ended?.catch(() => undefined);
  }
}
