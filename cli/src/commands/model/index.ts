import { Command } from 'commander';
import { createListCommand } from './list.js';
import { createResumeCommand } from './resume.js';
import { createRolloutCommand } from './rollout.js';
import { createSuspendCommand } from './suspend.js';

/** `deephealth model`: stops models of a server, and brings new versions into use. */
export function createModelCommand(): Command {
  return new Command('model')
    .description('Stop models of a server at once, release them, and bring new versions into use step by step.')
    .addCommand(createSuspendCommand())
    .addCommand(createResumeCommand())
    .addCommand(createListCommand())
    .addCommand(createRolloutCommand())
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  $ deephealth model suspend heart-disease-risk --reason "wrong units since this morning"\n' +
        '  $ deephealth model resume heart-disease-risk\n' +
        '  $ deephealth model rollout heart-disease-risk --candidate 2.0.0 --share 0.1\n' +
        '  $ deephealth model list --json',
    );
}
