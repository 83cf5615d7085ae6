import { DeepHealthError } from '@deephealth/sdk';

/** DH_MODEL_OUTPUT_INVALID for an output. `sentence` says what is wrong, never a value. */
export function outputInvalid(
  output: string,
  sentence: string,
  details: Readonly<Record<string, string>> = {},
): DeepHealthError {
  return new DeepHealthError('DH_MODEL_OUTPUT_INVALID', `Output "${output}": ${sentence}`, {
    details: { output, ...details },
  });
}
