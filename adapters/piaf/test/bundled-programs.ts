import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const source = (path: string) => join(ROOT, path);

export interface BundledPrograms {
  /** Absolute paths; see step-program.mjs and run-service-process.mjs. */
  readonly step: string;
  readonly service: string;
  remove(): void;
}

/**
 * The programs that tests of killed runs start hundreds of times, with what they need inside: loading all of the
 * packages takes several times as long as a step. Beside the packages, so that those of others are found from there.
 */
export async function bundledPrograms(): Promise<BundledPrograms> {
  const outDir = mkdtempSync(join(ROOT, 'node_modules', '.deephealth-test-'));
  await build({
    config: false,
    entry: {
      step: source('adapters/piaf/test/step-program.mjs'),
      service: source('adapters/piaf/test/run-service-process.mjs'),
    },
    ...{ outDir, format: 'esm', target: 'node20', platform: 'node', splitting: false, dts: false },
    ...{ silent: true, clean: false, skipNodeModulesBundle: true, noExternal: [/^@deephealth\//] },
    outExtension: () => ({ js: '.mjs' }),
    esbuildOptions(options) {
      options.alias = {
        '@deephealth/adapter-piaf': source('adapters/piaf/src/index.ts'),
        '@deephealth/sdk': source('sdk/src/index.ts'),
        '@deephealth/proto': source('proto/src/index.ts'),
      };
    },
  });
  return {
    step: join(outDir, 'step.mjs'),
    service: join(outDir, 'service.mjs'),
    remove: () => rmSync(outDir, { recursive: true, force: true }),
  };
}
