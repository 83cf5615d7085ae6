import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CHECKSUMS_FILE, DeepHealthError, parseManifest, sha256, writeChecksums } from '@deephealth/sdk';
import type { PreparedPlan } from './add-plan.js';
import type { Addition } from './addition.js';
import { jsonFile } from './bindings/planned-binding.js';
import { goldenCases, type IndependentCheck } from './golden-cases.js';
import { modelCard } from './model-card.js';
import { assertAnswered } from './questions.js';

export interface WrittenPackage {
  readonly packageFolder: string;
  readonly packageSha256: string;
}

/**
 * Writes the package into a store: graph, manifest, card, golden cases, bindings, sums.
 *
 * @throws DH_ADD_QUESTIONS_OPEN; DH_CONFIG_INVALID for a package that is there already; DH_MANIFEST_INVALID
 */
export async function writeAddition(
  plan: PreparedPlan,
  store: string,
  check: IndependentCheck,
): Promise<WrittenPackage> {
  assertAnswered(plan.questions);
  const addition = plan.addition as Addition;
  const packageFolder = join(store, plan.name, plan.version);
  assertNew(packageFolder, plan);
  const manifestText = jsonFile(addition.manifest);
  // What breaks the schema is refused before anything is on the disk.
  parseManifest(Buffer.from(manifestText));
  try {
    await writeFiles(packageFolder, plan, addition, manifestText, check);
    return { packageFolder, packageSha256: sha256(await readFile(join(packageFolder, CHECKSUMS_FILE))) };
  } catch (thrown) {
    // Half a package would be found and refused by a server that watches the folder.
    await rm(packageFolder, { recursive: true, force: true });
    throw thrown;
  }
}

/** Throws DH_CONFIG_INVALID where the store has the package already. */
export function assertNew(packageFolder: string, { name, version }: Pick<PreparedPlan, 'name' | 'version'>): void {
  if (!existsSync(packageFolder)) return;
  throw new DeepHealthError(
    'DH_CONFIG_INVALID',
    `The store already holds ${name}/${version}. Choose another --name or --model-version.`,
  );
}

async function writeFiles(
  folder: string,
  plan: PreparedPlan,
  addition: Addition,
  manifestText: string,
  check: IndependentCheck,
): Promise<void> {
  const { model, bindings } = addition;
  await mkdir(join(folder, 'golden'), { recursive: true });
  await writeFile(join(folder, 'model.onnx'), model.onnx);
  for (const { file, path } of model.external) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await copyFile(path, join(folder, file));
  }
  await writeFile(join(folder, 'model.json'), manifestText);
  for (const golden of goldenCases(addition, check)) {
    await writeFile(join(folder, 'golden', `${golden.id}.json`), jsonFile(golden));
  }
  for (const [file, text] of bindings.flatMap(({ files }) => Object.entries(files))) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
  await writeFile(join(folder, 'MODEL_CARD.md'), modelCard(plan, addition, check));
  await writeChecksums(folder);
}
