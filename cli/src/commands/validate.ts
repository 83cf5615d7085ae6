import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { verifyPackage } from '@deephealth/runtime';
import {
  DeepHealthError,
  type JudgedSignature,
  readTrustedKeys,
  verifyPackageSignature,
  writeChecksums,
} from '@deephealth/sdk';
import { Command } from 'commander';
import { EXIT } from '../exit-codes.js';
import { checkBindings } from '../import/check-bindings.js';
import { formatTable, printJson } from '../output/print.js';
import { withProgress } from '../output/progress.js';
import { StageClock } from '../ttmip/note-stage.js';
import { noteValidation } from '../ttmip/note-validation.js';

const MARKS = { CHECK_STATUS_PASSED: 'ok', CHECK_STATUS_FAILED: 'FAILED', CHECK_STATUS_NOT_RUN: '-' } as const;

interface ValidateFlags {
  readonly writeSums?: boolean;
  readonly remote?: string;
  readonly trust?: string[];
  readonly json?: boolean;
}

/** Who has signed the package; without trusted keys, nothing can be said of a signature but that it is there. */
async function signaturesOf(folder: string, trust: readonly string[] = []): Promise<readonly JudgedSignature[]> {
  try {
    const name = basename(dirname(resolve(folder)));
    return (await verifyPackageSignature(folder, name, await readTrustedKeys(trust))).signatures;
  } catch {
    // The check of the package says what is wrong.
    return [];
  }
}

export function createValidateCommand(setExitCode: (code: number) => void): Command {
  return new Command('validate')
    .description('Check a package exactly as a server does before it serves it.')
    .argument('<package>', 'folder <name>/<version> with model.json')
    .option('--write-sums', 'first write SHA256SUMS for the files as they are')
    .option('--remote <host:port>', 'inference server that runs the model, for a package that says "remote"')
    .option(
      '--trust <keys...>',
      'trusted keys, files or folders: a trusted signature is needed, as by a server that has them',
    )
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ deephealth validate models/heart-disease-risk/1.0.0')
    .action(async (folder: string, options: ValidateFlags) => {
      if (!existsSync(join(folder, 'model.json'))) {
        throw new DeepHealthError(
          'DH_PACKAGE_FILE_MISSING',
          'The folder holds no model.json. Name a package folder, <name>/<version>.',
          { details: { file: 'model.json' } },
        );
      }
      const clock = new StageClock();
      if (options.writeSums) await writeChecksums(folder);
      const packaged = options.writeSums ? clock.end({ stage: 'packaged', humanSteps: 1 }) : undefined;
      const check = await withProgress('verifying the package', options.json ?? false, () =>
        verifyPackage(folder, {
          ...(options.remote !== undefined && { remote: { address: options.remote } }),
          ...(options.trust && { trust: { keys: options.trust } }),
        }),
      );
      const signatures = await signaturesOf(folder, options.trust);
      const verified = clock.end({
        stage: 'golden-verified',
        humanSteps: packaged === undefined ? 1 : 0,
        packageSha256: check.packageSha256,
        failure: check.error,
      });
      const bindings = check.error === undefined ? await checkBindings(folder) : [];
      await noteValidation(folder, { packaged, verified, bindings, packageSha256: check.packageSha256 });
      const failure = check.error ?? bindings.find(({ error }) => error !== undefined)?.error;
      const checks = [...(check.report?.checks ?? []), ...bindings.map((one) => one.check)];
      const isValid = failure === undefined;
      setExitCode(isValid ? EXIT.ok : EXIT.refused);
      if (options.json) {
        const error = failure && { code: failure.code, message: failure.message, details: failure.details };
        return printJson({
          valid: isValid,
          packageSha256: check.packageSha256,
          ...(error && { error }),
          signatures,
          checks,
          worstGoldenError: check.report?.worstGoldenError,
        });
      }
      const rows = checks.map((c) => [c.name, MARKS[c.status], c.message]);
      if (rows.length > 0) process.stdout.write(`${formatTable(['CHECK', 'RESULT', ''], rows)}\n\n`);
      for (const { keyId, name, state } of signatures) {
        process.stdout.write(
          `Signature of ${name === '' ? 'an unknown signer' : `"${name}"`}: ${state} (key ${keyId})\n`,
        );
      }
      if (signatures.length === 0) process.stdout.write('The package is not signed.\n');
      if (failure === undefined) {
        process.stdout.write(`The package would be served. Package digest ${check.packageSha256}\n`);
        return;
      }
      process.stdout.write(`REFUSED ${failure.code}: ${failure.message}\n`);
      if (check.error?.cause instanceof Error)
        process.stdout.write(`  The engine says: ${check.error.cause.message}\n`);
    });
}
