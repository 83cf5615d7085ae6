import { type AuditRecord, readRecords } from '@deephealth/runtime';
import { Command } from 'commander';
import { formatTable, printJson, shortDigest } from '../../output/print.js';
import { integerOption } from '../number-option.js';
import { auditFolder, type FolderOption, withFolderOptions } from './audit-folder.js';
import { type FilterFlags, toFilter, withFilterOptions } from './record-filter.js';

interface ListFlags extends FolderOption, FilterFlags {
  readonly last: number;
  readonly json?: boolean;
}

export function createAuditList(): Command {
  return withFilterOptions(withFolderOptions(new Command('list').description('The last records of an audit log.')))
    .option('--last <number>', 'so many of them', integerOption(1, 100_000), 20)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ deephealth audit list --kind inference --last 50 --json')
    .action(async (flags: ListFlags) => {
      const kept: AuditRecord[] = [];
      for await (const { record } of readRecords(await auditFolder(flags), toFilter(flags))) {
        kept.push(record);
        if (kept.length > 2 * flags.last) kept.splice(0, kept.length - flags.last);
      }
      const records = kept.slice(-flags.last);
      if (flags.json) return printJson({ records });
      const rows = records.map((record) => [
        String(record.seq),
        record.time,
        record.kind,
        printable(record.caller?.subject),
        record.model === undefined ? '' : `${printable(record.model)}@${printable(record.version)}`,
        printable(record.code ?? record.state ?? record.action),
        shortDigest(record.output ?? ''),
      ]);
      process.stdout.write(`${formatTable(['RECORD', 'TIME', 'KIND', 'SUBJECT', 'MODEL', 'WHAT', 'OUTPUT'], rows)}\n`);
    });
}

/** Of a caller's own text, nothing may steer a terminal. */
function printable(text = ''): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 40);
}
