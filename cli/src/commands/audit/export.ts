import { once } from 'node:events';
import { hostname } from 'node:os';
import { type AuditRecord, FHIR_KINDS, type FoundRecord, readRecords, toFhirAuditEvent } from '@deephealth/runtime';
import { csvLine } from '@deephealth/sdk';
import { Command, Option } from 'commander';
import { auditFolder, type FolderOption, withFolderOptions } from './audit-folder.js';
import { type FilterFlags, toFilter, withFilterOptions } from './record-filter.js';

interface ExportFlags extends FolderOption, FilterFlags {
  readonly format: 'jsonl' | 'csv' | 'fhir' | 'fhir-bundle';
  readonly observer: string;
}

export function createAuditExport(): Command {
  return withFilterOptions(
    withFolderOptions(
      new Command('export').description('Records of an audit log for other systems, on standard output.'),
    ),
  )
    .addOption(
      new Option(
        '--format <format>',
        'jsonl: the lines as they are; csv; fhir: AuditEvent of FHIR R4, one a line; fhir-bundle: one batch of them',
      )
        .choices(['jsonl', 'csv', 'fhir', 'fhir-bundle'])
        .default('jsonl'),
    )
    .option('--observer <name>', 'what the AuditEvents call this server', hostname())
    .addHelpText(
      'after',
      '\nExamples:\n  $ deephealth audit export --format fhir --from 2026-01-01 --to 2026-02-01 > january.ndjson\n' +
        '  $ deephealth audit export --format csv --kind inference > inferences.csv\n' +
        'jsonl and fhir are JSON, one document a line; there is no --json.',
    )
    .action(async (flags: ExportFlags) => {
      // A reader that has enough, as `head` does, ends the export and is no fault.
      let isRead = true;
      process.stdout.on('error', () => {
        isRead = false;
      });
      const records = readRecords(await auditFolder(flags), toFilter(flags));
      for await (const text of WRITERS[flags.format](records, flags.observer)) {
        if (!isRead) return;
        // A pipe that is slower than the disk.
        if (!process.stdout.write(text))
          await Promise.race([once(process.stdout, 'drain'), once(process.stdout, 'close')]);
      }
    });
}

type Write = (records: AsyncIterable<FoundRecord>, observer: string) => AsyncIterable<string>;

const WRITERS: Readonly<Record<ExportFlags['format'], Write>> = {
  async *jsonl(records) {
    for await (const { line } of records) yield `${line}\n`;
  },
  async *csv(records) {
    yield csvLine(COLUMNS);
    for await (const { record } of records) yield csvLine(COLUMNS.map((column) => cellOf(record, column)));
  },
  async *fhir(records, observer) {
    for await (const { record } of records) {
      if (FHIR_KINDS.includes(record.kind)) yield `${JSON.stringify(toFhirAuditEvent(record, observer))}\n`;
    }
  },
  async *'fhir-bundle'(records, observer) {
    yield '{"resourceType":"Bundle","type":"batch","entry":[';
    let isFirst = true;
    for await (const { record } of records) {
      if (!FHIR_KINDS.includes(record.kind)) continue;
      const entry = { resource: toFhirAuditEvent(record, observer), request: { method: 'POST', url: 'AuditEvent' } };
      yield `${isFirst ? '' : ','}\n${JSON.stringify(entry)}`;
      isFirst = false;
    }
    yield '\n]}\n';
  },
};

const COLUMNS = [
  ...['seq', 'time', 'kind', 'face', 'subject', 'tenant', 'roles', 'authentication', 'request', 'model', 'version'],
  ...['package', 'onnx', 'runtime', 'engine', 'provider', 'batch', 'input', 'output', 'warnings', 'abstained'],
  ...['code', 'state', 'action', 'reason', 'repeated', 'prev', 'hash'],
];

function cellOf(record: AuditRecord, column: string): string | number {
  const fields: Readonly<Record<string, unknown>> = { ...record, ...record.caller };
  const value = fields[column];
  if (typeof value === 'number' || typeof value === 'string') return value;
  if (value === undefined) return '';
  return Array.isArray(value) ? value.join(' ') : String(value);
}
