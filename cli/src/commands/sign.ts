import { readPrivateKey, signPackage } from '@deephealth/sdk';
import { Command } from 'commander';
import { passphraseOf } from '../keys/passphrase.js';
import { printJson, shortDigest } from '../output/print.js';

export function createSignCommand(): Command {
  return new Command('sign')
    .description('Sign a package: its SHA256SUMS, and with it every file. Signatures of other keys stay.')
    .argument('<package>', 'folder <name>/<version> with SHA256SUMS')
    .requiredOption('--key <file>', 'private key, as deephealth key new makes it')
    .option('--passphrase-file <file>', 'passphrase of the key (or DEEPHEALTH_KEY_PASSPHRASE)')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ deephealth sign models/heart-disease-risk/1.0.0 --key vendor.key')
    .action(async (folder: string, options: { key: string; passphraseFile?: string; json?: boolean }) => {
      const key = await readPrivateKey(options.key, await passphraseOf(options.passphraseFile));
      const signed = await signPackage(folder, key);
      if (options.json) return printJson(signed);
      const count = signed.signatures.length;
      process.stdout.write(
        `Package ${shortDigest(signed.packageSha256)} is signed by ${key.id}; it has ${count} signature${count === 1 ? '' : 's'} now.\n`,
      );
    });
}
