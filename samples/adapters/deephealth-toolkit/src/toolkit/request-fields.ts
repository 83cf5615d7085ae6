import { DeepHealthError } from '@deephealth/sdk';
import { malformed } from '../errors.js';

export function object(field: string, document: unknown): Readonly<Record<string, unknown>> {
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) return { ...document };
  throw malformed(field, 'a JSON object');
}

export function numberField(field: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) > 0) return value as number;
  throw malformed(field, 'a whole number above 0');
}

export function textField(field: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw malformed(field, 'a text');
}

/**
 * Refuses what a request may not say. How an image is prepared comes with the package, so that a size, a mean or a
 * text of augmentations beside the weights is refused, never ignored: whoever sent it believes that it counts.
 */
export function onlyFields(document: Readonly<Record<string, unknown>>, allowed: readonly string[]): void {
  const other = Object.keys(document).find((field) => !allowed.includes(field));
  if (other === undefined) return;
  throw new DeepHealthError(
    'DH_PARAMETER_UNSUPPORTED',
    `The request has a field that is not taken. It may have: ${allowed.join(', ')}. Pre-processing is bound to the weights and comes with them.`,
    { details: { expected: allowed.join(', ') } },
  );
}
