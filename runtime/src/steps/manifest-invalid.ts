import { DeepHealthError } from '@deephealth/sdk';

/**
 * DH_MANIFEST_INVALID for a field of model.json.
 *
 * @param field JSON pointer (RFC 6901), for example "/inputs/0/steps/1/mean"
 * @param sentence what is wrong and how to mend it, to follow the pointer
 */
export function manifestInvalid(field: string, sentence: string): DeepHealthError {
  return new DeepHealthError('DH_MANIFEST_INVALID', `model.json: Field "${field}" ${sentence}`, {
    details: { file: 'model.json', field },
  });
}
