import { Command } from 'commander';
import { printJson } from '../../output/print.js';
import { withControl } from '../connection.js';
import { type ControlOptions, serverOf, withControlOptions } from './control-options.js';
import { suspensionLine } from './suspension-line.js';

export function createResumeCommand(): Command {
  return withControlOptions(new Command('resume').description('Release a model that was stopped.'))
    .argument('<name>', 'model')
    .argument('[version]', 'only the suspension of this version; without it, every one of the model')
    .option('--reason <text>', 'why, for the record')
    .action(
      async (name: string, version: string | undefined, options: ControlOptions & { readonly reason?: string }) => {
        const { suspensions } = await withControl(serverOf(options), (client) =>
          client.resumeModel(name, version, options.reason),
        );
        if (options.json) return printJson({ suspensions });
        process.stdout.write(suspensions.length === 0 ? `${name} is released.\n` : 'Still suspended:\n');
        for (const one of suspensions) {
          process.stdout.write(`${suspensionLine(one.modelName, one.modelVersion, one)}\n`);
        }
      },
    );
}
