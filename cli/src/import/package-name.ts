import { basename } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';

// Those of sdk/schemas/model.schema.json. They also keep the package inside the store.
const MODEL_NAME = /^[a-z0-9]([a-z0-9_-]{0,62}[a-z0-9])?$/;
const VERSION = /^[0-9]{1,9}(\.[0-9]{1,9}){0,2}(-[0-9A-Za-z][0-9A-Za-z.-]{0,31})?$/;

/** Throws DH_CONFIG_INVALID for a name or version that no package can have. */
export function assertPackageName(name: string, version: string): void {
  if (!MODEL_NAME.test(name)) {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      `The name ${JSON.stringify(name)} cannot be that of a model. Use up to 64 lower-case letters, digits, "-" and "_", a letter or digit first and last.`,
    );
  }
  if (!VERSION.test(version)) {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      `The version ${JSON.stringify(version)} cannot be that of a package. Use 1 to 3 numbers: 1.0.0, or 1.0.0-rc1.`,
    );
  }
}

/** "My Model.onnx" to "my-model". */
export function modelNameFrom(path: string): string {
  const name = basename(path)
    .replace(/\.onnx$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[-_]+/, '')
    .slice(0, 64)
    .replace(/[-_]+$/, '');
  return name === '' ? 'model' : name;
}
