import {
  keyIdOf,
  newSigningKey,
  readPublicKey,
  readTrustedKeys,
  type TrustedKey,
  writePrivateKey,
  writePublicKey,
} from '@deephealth/sdk';
import { Command } from 'commander';
import { passphraseOf } from '../keys/passphrase.js';
import { putTrustEntry, revokeTrustEntry } from '../keys/trust-document.js';
import { formatTable, printJson } from '../output/print.js';

/** `deephealth key`: keys that sign packages, and whose signatures a server believes. */
export function createKeyCommand(): Command {
  return new Command('key')
    .description('Make keys that sign packages, and say whose signatures are believed.')
    .addCommand(createNewCommand())
    .addCommand(createShowCommand())
    .addCommand(createTrustCommand())
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  $ deephealth key new vendor.key\n' +
        '  $ deephealth key trust trusted-keys.json vendor.key.pub.pem --name Vendor --models "heart-*"\n' +
        '  $ deephealth key trust trusted-keys.json vendor.key.pub.pem --revoke\n' +
        '  $ deephealth key show trusted-keys.json',
    );
}

function createNewCommand(): Command {
  return new Command('new')
    .description('Make an Ed25519 key: the private half for its owner alone (0600), the public half beside it.')
    .argument('<file>', 'private key; the public one becomes <file>.pub.pem. Files that are there stay')
    .option('--passphrase-file <file>', 'encrypts the private key (or DEEPHEALTH_KEY_PASSPHRASE)')
    .option('--json', 'print JSON')
    .action(async (file: string, options: { passphraseFile?: string; json?: boolean }) => {
      const key = newSigningKey();
      const passphrase = await passphraseOf(options.passphraseFile);
      await writePrivateKey(file, key, passphrase);
      await writePublicKey(`${file}.pub.pem`, key.publicKey);
      const isEncrypted = passphrase !== undefined;
      if (options.json) return printJson({ keyId: key.id, isEncrypted });
      process.stdout.write(`Key ${key.id}${isEncrypted ? ', encrypted' : ''}. Give away the .pub.pem file only.\n`);
    });
}

function createShowCommand(): Command {
  return new Command('show')
    .description('What a public key or a store of trusted keys holds.')
    .argument('<file>', 'public key (.pem, .jwk), document (.json) or folder of these')
    .option('--json', 'print JSON')
    .action(async (file: string, options: { json?: boolean }) => {
      const { keys, revokedPackages } = await readTrustedKeys([file]);
      const shown = [...keys.values()].map(shownKey);
      if (options.json) return printJson({ keys: shown, revokedPackages: [...revokedPackages] });
      const rows = shown.map((key) => [
        key.name,
        key.keyId,
        key.revoked ? 'REVOKED' : '',
        key.notBefore ?? '',
        key.notAfter ?? '',
        key.models?.join(' ') ?? 'all',
      ]);
      process.stdout.write(`${formatTable(['NAME', 'KEY', '', 'NOT BEFORE', 'NOT AFTER', 'MODELS'], rows)}\n`);
      if (revokedPackages.size > 0) process.stdout.write(`${revokedPackages.size} packages are revoked.\n`);
    });
}

function shownKey({ name, id, publicKey, isRevoked, notBeforeMs, notAfterMs, models }: TrustedKey) {
  const time = (ms: number) => (Number.isFinite(ms) ? new Date(ms).toISOString() : undefined);
  const [notBefore, notAfter] = [time(notBeforeMs), time(notAfterMs)];
  return {
    name,
    keyId: id,
    key: publicKey.export({ format: 'jwk' }),
    revoked: isRevoked,
    ...(notBefore && { notBefore }),
    ...(notAfter && { notAfter }),
    ...(models && { models }),
  };
}

interface TrustFlags {
  readonly name?: string;
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly models?: string[];
  readonly revoke?: boolean;
  readonly json?: boolean;
}

function createTrustCommand(): Command {
  return new Command('trust')
    .description('Put a public key into a document of trusted keys, or revoke it there.')
    .argument('<document>', 'JSON document of trusted keys; made if it is not there')
    .argument('<key>', 'public key: PEM or JWK')
    .option('--name <name>', 'who signs with it')
    .option('--not-before <time>', 'from when on it counts, as in 2026-01-01T00:00:00Z')
    .option('--not-after <time>', 'until when it counts')
    .option('--models <patterns...>', 'models that it may sign; * stands for any characters (default: all)')
    .option('--revoke', 'it counts no longer, whatever it has signed')
    .option('--json', 'print JSON')
    .action(async (document: string, file: string, flags: TrustFlags, command: Command) => {
      const publicKey = await readPublicKey(file);
      const keyId = keyIdOf(publicKey);
      if (flags.revoke) {
        await revokeTrustEntry(document, keyId);
      } else {
        const { name, notBefore, notAfter, models } = flags;
        if (name === undefined) command.error('error: --name says who signs with the key.');
        await putTrustEntry(document, {
          name: name as string,
          keyId,
          key: publicKey.export({ format: 'jwk' }),
          ...(notBefore && { notBefore }),
          ...(notAfter && { notAfter }),
          ...(models && { models }),
        });
      }
      // What cannot be read would be no help to the server.
      await readTrustedKeys([document]);
      if (flags.json) return printJson({ keyId, revoked: flags.revoke ?? false });
      process.stdout.write(flags.revoke ? `Key ${keyId} is revoked.\n` : `Key ${keyId} is trusted.\n`);
    });
}
