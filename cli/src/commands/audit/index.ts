import { Command } from 'commander';
import { createAuditExport } from './export.js';
import { createAuditList } from './list.js';
import { createAuditReplay } from './replay.js';
import { createAuditShow } from './show.js';
import { createAuditVerify } from './verify.js';

export function createAuditCommand(setExitCode: (code: number) => void): Command {
  const command = new Command('audit').description(
    'The audit log of a server: is it whole, what does it hold, and does a recorded inference give the same again.',
  );
  for (const part of [
    createAuditVerify(setExitCode),
    createAuditList(),
    createAuditShow(),
    createAuditExport(),
    createAuditReplay(setExitCode),
  ]) {
    command.addCommand(part.exitOverride());
  }
  return command.addHelpText(
    'after',
    '\nExamples:\n  $ deephealth audit verify --json\n  $ deephealth audit replay 1042 --models samples/models --input patient.json',
  );
}
