import { Command } from 'commander';
import { printJson } from '../../output/print.js';
import { withControl } from '../connection.js';
import { type ControlOptions, serverOf, withControlOptions } from './control-options.js';
import { suspensionLine } from './suspension-line.js';

export function createSuspendCommand(): Command {
  return withControlOptions(
    new Command('suspend').description('Stop a model: once this has ended, no answer of it leaves the server.'),
  )
    .argument('<name>', 'model')
    .argument('[version]', 'only this version; without it, all of them and those to come')
    .requiredOption('--reason <text>', 'why; callers see it, so it must name no patient')
    .action(
      async (name: string, version: string | undefined, options: ControlOptions & { readonly reason: string }) => {
        const { suspension } = await withControl(serverOf(options), (client) =>
          client.suspendModel(name, version ?? '', options.reason),
        );
        if (options.json) return printJson({ suspension });
        if (suspension !== null) {
          process.stdout.write(`${suspensionLine(suspension.modelName, suspension.modelVersion, suspension)}\n`);
        }
      },
    );
}
