import type { runtimeV1 } from '@deephealth/proto';
import type { ControlClient } from '@deephealth/sdk';
import { Command } from 'commander';
import { printJson } from '../../output/print.js';
import { withControl } from '../connection.js';
import { numberOption } from '../number-option.js';
import { type ControlOptions, serverOf, withControlOptions } from './control-options.js';
import { rolloutLines } from './rollout-lines.js';

interface RolloutFlags extends ControlOptions {
  readonly candidate?: string;
  readonly share?: number;
  readonly tenants?: string[];
  readonly shadow?: string;
  readonly shadowShare?: number;
  readonly end?: boolean;
  readonly asConfigured?: boolean;
}

export function createRolloutCommand(): Command {
  return withControlOptions(
    new Command('rollout').description('Show or set which version of a model answers a share of the requests.'),
  )
    .argument('<name>', 'model')
    .option('--candidate <version>', 'answers a share of the requests that name no version')
    .option('--share <0..1>', 'its share; 0 gives it none, and the others answer as before', numberOption(0, 1))
    .option('--tenants <names...>', 'only for callers of these tenants')
    .option('--shadow <version>', 'runs on copies of requests and answers nobody')
    .option('--shadow-share <0..1>', 'its share of the requests (default: 1)', numberOption(0, 1))
    .option('--end', 'no rollout any more: the newest version that serves answers')
    .option('--as-configured', 'the configuration of the server holds again')
    .addHelpText('after', '\nWithout options it shows the rollout and what it has shown.')
    .action(async (name: string, flags: RolloutFlags, command: Command) => {
      const request = requestOf(name, flags, (text) => command.error(`error: ${text}`));
      const state = await withControl(serverOf(flags), (client) => show(client, name, request));
      if (flags.json) return printJson({ rollout: state ?? null });
      process.stdout.write(`${state ? rolloutLines(state).join('\n') : `${name}: no rollout`}\n`);
    });
}

async function show(client: ControlClient, name: string, request: runtimeV1.SetRolloutRequest | undefined) {
  if (request !== undefined) return (await client.setRollout(request)).state;
  return (await client.getControlState(name)).rollouts[0];
}

/** Undefined where nothing is to be set. */
function requestOf(
  modelName: string,
  flags: RolloutFlags,
  refuse: (text: string) => never,
): runtimeV1.SetRolloutRequest | undefined {
  const { candidate, share, tenants, shadow, shadowShare, end, asConfigured } = flags;
  const plan = candidate ?? share ?? tenants ?? shadow ?? shadowShare;
  if ([end, asConfigured, plan].filter((one) => one !== undefined).length > 1) {
    refuse('--end and --as-configured go without other options.');
  }
  if (asConfigured) return { modelName, asConfigured: true };
  if (end) return { modelName };
  if (plan === undefined) return undefined;
  if ((candidate === undefined) !== (share === undefined)) refuse('--candidate and --share go together.');
  if (tenants !== undefined && candidate === undefined) refuse('--tenants needs --candidate.');
  if (shadowShare !== undefined && shadow === undefined) refuse('--shadow-share needs --shadow.');
  return {
    modelName,
    rollout: {
      ...(candidate !== undefined && { candidateVersion: candidate, candidateShare: share ?? 0 }),
      ...(tenants && { tenants }),
      ...(shadow !== undefined && { shadowVersion: shadow, shadowShare: shadowShare ?? 1 }),
    },
  };
}
