import type { Digests } from '../compare/match-fields.js';
import type { WrittenModel } from '../models/write-models.js';

const NONE: Digests = { package: '', onnx: '' };

/** Digests of a version of the suite, or of the newest one; empty for what the suite has not written. */
export function modelDigests(name: string, version: string, models: readonly WrittenModel[]): Digests {
  const named = models.filter(({ model }) => model.name === name);
  const written = version === '' ? named.at(-1) : named.find(({ model }) => model.version === version);
  return written === undefined ? NONE : { package: written.packageSha256, onnx: written.onnxSha256 };
}
