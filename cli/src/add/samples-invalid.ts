import { DeepHealthError } from '@deephealth/sdk';

/** Names a row, a column or a file; never a value, which may be a patient's. */
export function samplesInvalid(message: string, details: Readonly<Record<string, string>> = {}): DeepHealthError {
  return new DeepHealthError('DH_ADD_SAMPLES_INVALID', message, { details });
}
