import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  DeepHealthError,
  keyDigest,
  PERMISSION_NAMES,
  ROLES,
  type Role,
  readKeyFile,
  rolesWith,
} from '@deephealth/sdk';
import { Command, Option } from 'commander';
import { addKeyEntry } from '../access/add-key-entry.js';
import { formatTable, printJson } from '../output/print.js';

interface KeyFlags {
  readonly id: string;
  readonly role: readonly Role[];
  readonly tenant?: string;
  readonly models?: readonly string[];
  readonly expires?: string;
  readonly file?: string;
  readonly json?: boolean;
}

const KEY_BYTES = 32;

export function createAccessCommand(): Command {
  return new Command('access')
    .description('Keys of those who may call a server, and what they may do.')
    .addCommand(createKey())
    .addCommand(createCheck());
}

function createKey(): Command {
  return new Command('key')
    .description('Make a random key. It is printed once, and is in no file: the entry has its SHA-256.')
    .requiredOption('--id <name>', 'stable name of the person or program')
    .addOption(new Option('--role <name...>', 'what it is there for').choices(ROLES).makeOptionMandatory())
    .option('--tenant <name>', 'organisation or ward that it belongs to')
    .option('--models <names...>', 'models that it may use; * stands for any characters (default: all)')
    .option('--expires <date>', 'last moment of the key, as in 2027-06-30')
    .option('--file <keys.json>', 'add the entry to this file, which is made if it is not there')
    .option('--json', 'print key and entry as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  $ deephealth access key --id ward-a --role clinician --tenant ward-a --expires 2027-06-30 --file keys.json\n',
    )
    .action(makeKey);
}

async function makeKey({ id, role, tenant, models, expires, file, json = false }: KeyFlags): Promise<void> {
  const key = randomBytes(KEY_BYTES).toString('base64url');
  const entry = {
    id,
    sha256: keyDigest(key),
    roles: [...new Set(role)],
    ...(tenant !== undefined && { tenant }),
    ...(models !== undefined && { models }),
    ...(expires !== undefined && { expires }),
  };
  // By the same code that a server reads it with.
  const [holder] = readKeyFile(Buffer.from(JSON.stringify({ keys: [entry] }))).values();
  if (holder !== undefined && holder.expiresAtMs <= Date.now()) {
    throw new DeepHealthError('DH_CONFIG_INVALID', '"--expires" is in the past.', { details: { field: 'expires' } });
  }
  if (file !== undefined) await addKeyEntry(file, entry);
  if (json) return printJson({ key, entry });
  const where = file === undefined ? 'Entry for the file of keys' : 'Added to the file of keys';
  process.stdout.write(`Key, shown this once: ${key}\n${where}:\n${JSON.stringify(entry, undefined, 2)}\n`);
}

function createCheck(): Command {
  return new Command('check')
    .description('Read a file of keys as a server does, and say who may do what.')
    .argument('<file>', 'file of keys')
    .option('--json', 'print it as JSON')
    .action(async (file: string, { json = false }: { readonly json?: boolean }) => {
      const bytes = await readFile(file).catch((cause) => {
        throw new DeepHealthError('DH_CONFIG_INVALID', 'The file of keys cannot be read.', { cause });
      });
      const callers = [...readKeyFile(bytes).values()].map(({ caller, expiresAtMs }) => {
        const { subject: id, roles, tenant, models } = caller;
        const expires = Number.isFinite(expiresAtMs) ? new Date(expiresAtMs).toISOString() : undefined;
        const permissions = PERMISSION_NAMES.filter((one) => roles.some((role) => rolesWith(one).includes(role)));
        return { id, roles, tenant, models, expires, hasExpired: expiresAtMs <= Date.now(), permissions };
      });
      if (json) return printJson({ callers });
      const rows = callers.map(({ id, roles, tenant, models, expires = '', hasExpired }) => [
        ...[id, roles.join(' '), tenant, models?.join(' ') ?? '*'],
        hasExpired ? `${expires} (has expired)` : expires,
      ]);
      process.stdout.write(`${formatTable(['ID', 'ROLES', 'TENANT', 'MODELS', 'EXPIRES'], rows)}\n`);
    });
}
