import { readPublicKey, type VerifyResult, verifyLog } from '@deephealth/runtime';
import { Command, InvalidArgumentError } from 'commander';
import { EXIT } from '../../exit-codes.js';
import { countProgress } from '../../output/count-progress.js';
import { printJson, shortDigest } from '../../output/print.js';
import { auditFolder, type FolderOption, withFolderOptions } from './audit-folder.js';

const SHOWN = 20;
const MIB = 1024 * 1024;

interface VerifyFlags extends FolderOption {
  readonly publicKey?: string;
  readonly head?: { readonly seq: number; readonly hash: string };
  readonly json?: boolean;
}

export function createAuditVerify(setExitCode: (code: number) => void): Command {
  return withFolderOptions(
    new Command('verify').description('Check every record, link, file and signature of an audit log.'),
  )
    .argument('[folder]', 'audit folder, or state folder')
    .option('--public-key <file>', 'PEM file of the Ed25519 key that must have signed')
    .option('--head <number:hash>', 'a record that the log is known to have had, from an earlier check', parsePlace)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExit codes: 0 whole, 1 something is wrong or there is no log.\n' +
        '\nExamples:\n  $ deephealth audit verify\n  $ deephealth audit verify /var/lib/deephealth --public-key audit.pem --json',
    )
    .action(async (named: string | undefined, flags: VerifyFlags) => {
      const folder = await auditFolder({ ...flags, ...(named !== undefined && { folder: named }) });
      const { publicKey, head, json = false } = flags;
      let progress: ReturnType<typeof countProgress> | undefined;
      const result = await verifyLog(folder, {
        ...(publicKey !== undefined && { publicKey: await readPublicKey(publicKey) }),
        ...(head && { anchor: head }),
        onProgress: (bytes, total) => {
          progress ??= countProgress('verifying, MiB', Math.max(1, Math.round(total / MIB)), json);
          progress.update(Math.max(1, Math.round(bytes / MIB)));
        },
      });
      progress?.end();
      setExitCode(result.isValid ? EXIT.ok : EXIT.refused);
      if (json) return printJson(result);
      process.stdout.write(describe(result));
    });
}

function describe(result: VerifyResult): string {
  const { segments, records, inferences, last, problems, problemCount, signedBy, signatures, clockJumps } = result;
  const lines = [
    `${records} records (${inferences} inferences) in ${segments} ${segments === 1 ? 'file' : 'files'}, last ${last?.seq ?? 0}:${last?.hash ?? ''}`,
    signedBy === undefined
      ? 'Not signed: whoever may write the files may have written all of it anew. See docs/audit.md.'
      : `${signatures} signatures by key ${shortDigest(signedBy.keyId)}${signedBy.isTrusted ? '' : ', which the log itself names; pass --public-key to hold it against one that you know'}`,
  ];
  for (const { seq, seconds } of clockJumps) {
    lines.push(`The clock of the machine was set by ${seconds} s before record ${seq}.`);
  }
  for (const { kind, file, line, message } of problems.slice(0, SHOWN)) {
    lines.push(`${kind.toUpperCase()} ${file}${line === undefined ? '' : ` line ${line}`}: ${message}`);
  }
  if (problemCount > SHOWN) lines.push(`And ${problemCount - SHOWN} more; --json lists them.`);
  lines.push(problemCount === 0 ? 'The log is whole.' : `The log is NOT whole: ${problemCount} found.`);
  return `${lines.join('\n')}\n`;
}

function parsePlace(text: string): { seq: number; hash: string } {
  const [, seq, hash] = /^([1-9][0-9]{0,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq === undefined || hash === undefined) {
    throw new InvalidArgumentError('Expected the number of a record and its hash, as `audit verify` prints them.');
  }
  return { seq: Number(seq), hash };
}
