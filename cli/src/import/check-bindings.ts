import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError, type Manifest, parseManifest } from '@deephealth/sdk';

export interface BindingCheck {
  readonly check: {
    readonly name: string;
    readonly status: 'CHECK_STATUS_PASSED' | 'CHECK_STATUS_FAILED';
    readonly message: string;
  };
  readonly error?: DeepHealthError;
}

interface BindingFile {
  readonly folder: string;
  readonly text: string;
  readonly manifest: Manifest;
}

/** A binding by its name, and what of it an adapter would serve. Adapters are loaded only where they are needed. */
const BINDINGS: Readonly<Record<string, (file: BindingFile) => Promise<string>>> = {
  'cds-hooks': async ({ text, manifest }) => {
    const { parseBinding } = await import('@deephealth/adapter-clinical-decision-support');
    const { services } = parseBinding(text, manifest);
    return `services ${services.map(({ id }) => id).join(', ')}`;
  },
  'digital-pathology': async ({ text, manifest }) => {
    const { parseBinding } = await import('@deephealth/adapter-digital-pathology');
    const { analyses } = parseBinding(text, manifest);
    return `analyses ${analyses.map(({ label }) => label).join(', ')}`;
  },
  // The rules are files of their own, and are read with the binding.
  expressif: async ({ folder }) => {
    const { readRulePackage } = await import('@deephealth/adapter-expressif');
    const { ruleBases } = await readRulePackage(folder);
    return `rule bases ${ruleBases.map(({ binding }) => binding.label).join(', ')}`;
  },
  'processing-chain': async ({ text, manifest }) => {
    const { parseBinding } = await import('@deephealth/adapter-piaf');
    const { chains } = parseBinding(text, manifest);
    return `chains ${chains.map(({ label }) => label).join(', ')}`;
  },
};

/** What adapters would say of the package's bindings to their platforms. */
export async function checkBindings(folder: string): Promise<BindingCheck[]> {
  const checks: BindingCheck[] = [];
  for (const [name, describe] of Object.entries(BINDINGS)) {
    const file = join(folder, 'bindings', `${name}.json`);
    if (!existsSync(file)) continue;
    try {
      const manifest = parseManifest(await readFile(join(folder, 'model.json')));
      const message = await describe({ folder, text: await readFile(file, 'utf8'), manifest });
      checks.push({ check: { name, status: 'CHECK_STATUS_PASSED', message } });
    } catch (thrown) {
      const error = DeepHealthError.from(thrown);
      checks.push({ check: { name, status: 'CHECK_STATUS_FAILED', message: error.message }, error });
    }
  }
  return checks;
}
