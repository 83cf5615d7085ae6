import { findRecord } from '@deephealth/runtime';
import { Command } from 'commander';
import { integerOption } from '../number-option.js';
import { auditFolder, type FolderOption, withFolderOptions } from './audit-folder.js';

export function createAuditShow(): Command {
  return withFolderOptions(new Command('show').description('One record of an audit log, as it stands there.'))
    .argument('<number>', 'number of the record', integerOption(1, Number.MAX_SAFE_INTEGER))
    .option('--json', 'print its very line, in place of one field a line')
    .addHelpText('after', '\nExample:\n  $ deephealth audit show 1042 --json')
    .action(async (seq: number, flags: FolderOption & { readonly json?: boolean }) => {
      const { record, line } = await findRecord(await auditFolder(flags), seq);
      if (flags.json) {
        process.stdout.write(`${line}\n`);
        return;
      }
      for (const [name, value] of Object.entries(record)) {
        const text = typeof value === 'string' ? value : JSON.stringify(value);
        process.stdout.write(`${name.padEnd(10)} ${text.replace(/[^\x20-\x7e]/g, '?')}\n`);
      }
    });
}
