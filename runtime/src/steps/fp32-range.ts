import type { Range } from '@deephealth/sdk';
import { manifestInvalid } from './manifest-invalid.js';

/** Throws DH_MANIFEST_INVALID if a bound becomes infinite as FP32, the type that steps compute. */
export function checkFp32Range(range: Range, field: string): void {
  if (range.every((bound) => Number.isFinite(Math.fround(bound)))) return;
  throw manifestInvalid(field, 'reaches beyond FP32 (about 3.4e38). State the range that the quantity can have.');
}
