import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { noteStage, StageClock } from './note-stage.js';
import type { PlatformName, StageRecord } from './stage-record.js';

/** Platforms by the file of `bindings/` that binds a package to them. */
export const PLATFORM_OF_BINDING: Readonly<Record<string, PlatformName>> = {
  'cds-hooks': 'clinical-decision-support',
  'digital-pathology': 'digital-pathology',
  expressif: 'expressif',
  'processing-chain': 'piaf',
};

export interface Validation {
  /** Absent where the sums were there already. */
  readonly packaged: StageRecord | undefined;
  readonly verified: StageRecord;
  readonly bindings: readonly { readonly check: { readonly name: string }; readonly error?: unknown }[];
  readonly packageSha256: string;
}

/** Records what `deephealth validate` has found out about a package. */
export async function noteValidation(folder: string, validation: Validation): Promise<void> {
  const { packaged, verified, bindings, packageSha256 } = validation;
  const path = resolve(folder);
  const model = { name: basename(dirname(path)), version: basename(path) };
  const modelSha256 = await graphDigest(folder);
  const digests = { packageSha256, ...(modelSha256 !== undefined && { modelSha256 }) };
  if (packaged !== undefined) await noteStage(model, { ...packaged, ...digests }, { begins: true });
  await noteStage(model, { ...verified, ...digests });
  const clock = new StageClock();
  for (const { check, error } of bindings) {
    const platform = PLATFORM_OF_BINDING[check.name];
    if (platform === undefined) continue;
    const detail = 'the binding can be read';
    await noteStage(model, clock.end({ stage: 'bound', platform, packageSha256, detail, failure: error }));
  }
}

/** What the manifest says of its graph; undefined for a package of none, or of several. */
export async function graphDigest(folder: string): Promise<string | undefined> {
  try {
    const digest: unknown = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')).onnx?.sha256;
    return typeof digest === 'string' ? digest : undefined;
  } catch {
    return undefined;
  }
}
