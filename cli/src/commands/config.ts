import { basename } from 'node:path';
import { loadServerConfig } from '@deephealth/runtime';
import { Command } from 'commander';
import { printJson } from '../output/print.js';

/** `deephealth config check`; what is wrong is thrown as DH_CONFIG_INVALID. */
export function createConfigCommand(): Command {
  const check = new Command('check')
    .description('Check a configuration file as `deephealth serve` reads it.')
    .argument('<file>', 'configuration file')
    .option('--json', 'print JSON')
    .exitOverride()
    .action(async (file: string, options: { json?: boolean }) => {
      await loadServerConfig(file);
      if (options.json) return printJson({ valid: true });
      process.stdout.write(`${basename(file)} is valid.\n`);
    });
  return new Command('config')
    .description('Check a configuration file.')
    .addCommand(check)
    .addHelpText(
      'after',
      '\nExample:\n  $ deephealth config check deephealth.config.json\nWith --json it prints JSON.',
    );
}
