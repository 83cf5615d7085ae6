import type { runtimeV1 } from '@deephealth/proto';
import { Command } from 'commander';
import { printJson } from '../../output/print.js';
import { withControl } from '../connection.js';
import { type ControlOptions, serverOf, withControlOptions } from './control-options.js';
import { rolloutLines } from './rollout-lines.js';
import { suspensionLine } from './suspension-line.js';

export function createListCommand(): Command {
  return withControlOptions(new Command('list').description('What is stopped, and which rollouts there are.'))
    .argument('[name]', 'only this model')
    .action(async (name: string | undefined, options: ControlOptions) => {
      const state = await withControl(serverOf(options), (client) => client.getControlState(name));
      if (options.json) return printJson(state);
      process.stdout.write(`${linesOf(state).join('\n')}\n`);
    });
}

function linesOf({ suspensions, rollouts }: runtimeV1.GetControlStateResponse__Output): string[] {
  if (suspensions.length + rollouts.length === 0) return ['Nothing is suspended, and no rollout is under way.'];
  return [
    ...suspensions.map((one) => suspensionLine(one.modelName, one.modelVersion, one)),
    ...rollouts.flatMap(rolloutLines),
  ];
}
