import { readFile } from 'node:fs/promises';
import { DeepHealthError } from '@deephealth/sdk';

export type Check = (value: unknown) => boolean;

export const text: Check = (value) => typeof value === 'string' && value !== '';
export const texts: Check = (value) => Array.isArray(value) && value.every(text);
export const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
export const object: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Form of each field of a configuration, and what is expected there; what the values mean is for those who use them. */
export type ConfigFields<T> = Readonly<Record<keyof T & string, readonly [check: Check, expected: string]>>;

export function hasOnly(value: unknown, fields: Readonly<Record<string, Check>>): value is Record<string, unknown> {
  return object(value) && Object.entries(value as object).every(([name, one]) => fields[name]?.(one) === true);
}

/** Reads the file of --adapter-config. Throws DH_CONFIG_INVALID, naming the field. */
export async function readConfigFields<T extends object>(path: string, fields: ConfigFields<T>): Promise<T> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new DeepHealthError('DH_CONFIG_INVALID', 'The file of --adapter-config is not there, or is not JSON.', {
      cause,
    });
  }
  if (!object(content)) throw invalid('', 'a JSON object');
  for (const [name, value] of Object.entries(content as Record<string, unknown>)) {
    if (name === '$comment') continue;
    if (!Object.hasOwn(fields, name)) {
      throw new DeepHealthError(
        'DH_CONFIG_INVALID',
        `The file of --adapter-config has a field ${JSON.stringify(name)}, which is none. It may have ${Object.keys(fields).join(', ')}.`,
        { details: { field: name } },
      );
    }
    const [check, expected] = fields[name as keyof T & string];
    if (!check(value)) throw invalid(name, expected);
  }
  return content as T;
}

function invalid(field: string, expected: string): DeepHealthError {
  const where = field === '' ? 'The file of --adapter-config' : `Field "${field}" of the file of --adapter-config`;
  return new DeepHealthError('DH_CONFIG_INVALID', `${where} must be ${expected}.`, { details: { field } });
}
