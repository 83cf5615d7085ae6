import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * Path of the ONNX Runtime library that onnxruntime-node ships for this machine; undefined if there
 * is none. Loads nothing.
 */
export function engineLibrary(): string | undefined {
  try {
    const root = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
    const folder = join(root, 'bin', 'napi-v6', process.platform, process.arch);
    const name = readdirSync(folder).find((file) => /^libonnxruntime\.(so|.*dylib)/.test(file));
    return name === undefined ? undefined : join(folder, name);
  } catch {
    return undefined;
  }
}
