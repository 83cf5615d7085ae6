import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { verifyPackage } from '@deephealth/runtime';
import { DeepHealthError, type Manifest, parseManifest, writeChecksums } from '@deephealth/sdk';
import { Command } from 'commander';
import { EXIT } from '../exit-codes.js';
import { formatTable, printJson } from '../output/print.js';
import { withProgress } from '../output/progress.js';

const MARKS = { CHECK_STATUS_PASSED: 'ok', CHECK_STATUS_FAILED: 'FAILED', CHECK_STATUS_NOT_RUN: '-' } as const;

interface BindingCheck {
  readonly check: { readonly name: string; readonly status: keyof typeof MARKS; readonly message: string };
  readonly error?: DeepHealthError;
}

/** A binding by its name, and what of it an adapter would serve. Adapters are loaded only where they are needed. */
const BINDINGS: Readonly<Record<string, (text: string, manifest: Manifest) => Promise<string>>> = {
  'cds-hooks': async (text, manifest) => {
    const { parseBinding } = await import('@deephealth/adapter-clinical-decision-support');
    return `services ${parseBinding(text, manifest)
      .services.map(({ id }) => id)
      .join(', ')}`;
  },
  'digital-pathology': async (text, manifest) => {
    const { parseBinding } = await import('@deephealth/adapter-digital-pathology');
    return `analyses ${parseBinding(text, manifest)
      .analyses.map(({ label }) => label)
      .join(', ')}`;
  },
};

/** What adapters would say of the package's bindings to their platforms. */
async function checkBindings(folder: string): Promise<BindingCheck[]> {
  const checks: BindingCheck[] = [];
  for (const [name, parse] of Object.entries(BINDINGS)) {
    const file = join(folder, 'bindings', `${name}.json`);
    if (!existsSync(file)) continue;
    try {
      const manifest = parseManifest(await readFile(join(folder, 'model.json')));
      const message = await parse(await readFile(file, 'utf8'), manifest);
      checks.push({ check: { name, status: 'CHECK_STATUS_PASSED', message } });
    } catch (thrown) {
      const error = DeepHealthError.from(thrown);
      checks.push({ check: { name, status: 'CHECK_STATUS_FAILED', message: error.message }, error });
    }
  }
  return checks;
}

export function createValidateCommand(setExitCode: (code: number) => void): Command {
  return new Command('validate')
    .description('Check a package exactly as a server does before it serves it.')
    .argument('<package>', 'folder <name>/<version> with model.json')
    .option('--write-sums', 'first write SHA256SUMS for the files as they are')
    .option('--remote <host:port>', 'inference server that runs the model, for a package that says "remote"')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ deephealth validate models/heart-disease-risk/1.0.0')
    .action(async (folder: string, options: { writeSums?: boolean; remote?: string; json?: boolean }) => {
      if (!existsSync(join(folder, 'model.json'))) {
        throw new DeepHealthError(
          'DH_PACKAGE_FILE_MISSING',
          'The folder holds no model.json. Name a package folder, <name>/<version>.',
          { details: { file: 'model.json' } },
        );
      }
      if (options.writeSums) await writeChecksums(folder);
      const check = await withProgress('verifying the package', options.json ?? false, () =>
        verifyPackage(folder, { ...(options.remote !== undefined && { remote: { address: options.remote } }) }),
      );
      const bindings = check.error === undefined ? await checkBindings(folder) : [];
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
          checks,
          worstGoldenError: check.report?.worstGoldenError,
        });
      }
      const rows = checks.map((c) => [c.name, MARKS[c.status], c.message]);
      if (rows.length > 0) process.stdout.write(`${formatTable(['CHECK', 'RESULT', ''], rows)}\n\n`);
      if (failure === undefined) {
        process.stdout.write(`The package would be served. Package digest ${check.packageSha256}\n`);
        return;
      }
      process.stdout.write(`REFUSED ${failure.code}: ${failure.message}\n`);
      if (check.error?.cause instanceof Error)
        process.stdout.write(`  The engine says: ${check.error.cause.message}\n`);
    });
}
