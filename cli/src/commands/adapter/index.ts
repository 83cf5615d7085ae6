import { Command } from 'commander';
import { createNewCommand } from './new.js';

/** `deephealth adapter`: begins an adapter to a platform. */
export function createAdapterCommand(): Command {
  return new Command('adapter')
    .description('Begin an adapter between models and a platform.')
    .addCommand(createNewCommand())
    .addHelpText(
      'after',
      '\nExamples:\n  $ deephealth adapter new my-adapter\n  $ deephealth adapter new my-adapter --language js --json',
    );
}
