import { DeepHealthError, type InputSpec, type Vocabulary } from '@deephealth/sdk';
import type { ModelInput } from '../host/model-input.js';
import { imageToPrepared } from './image-steps.js';
import type { PreparedTensor } from './prepared-tensor.js';
import { sequenceToPrepared } from './sequence-steps.js';
import { signalToPrepared } from './signal-steps.js';
import { tableToPrepared } from './table-steps.js';
import { volumeToPrepared } from './volume-steps.js';

/**
 * Runs the steps of an input and gives the tensor for `spec.feeds`.
 *
 * The bytes of `input` are borrowed until the promise settles and never written to. Throws the code
 * of what is wrong with the input, naming the column, channel or field, never a value; throws
 * DH_MANIFEST_INVALID if a step refers to something that the manifest does not declare, which
 * `checkSteps` finds before any input arrives.
 *
 * @param vocabularies of the package, by their files
 */
export async function prepareTensor(
  spec: InputSpec,
  input: ModelInput,
  vocabularies: ReadonlyMap<string, Vocabulary> = new Map(),
): Promise<PreparedTensor> {
  switch (spec.kind) {
    case 'tensor':
      if (input.kind === 'tensor') return { dataType: input.dataType, shape: [...input.shape], data: input.data };
      break;
    case 'table':
      if (input.kind === 'table') return tableToPrepared(spec, input);
      break;
    case 'signal':
      if (input.kind === 'signal') return signalToPrepared(spec, input);
      break;
    case 'image':
      if (input.kind === 'image') return imageToPrepared(spec, input);
      break;
    case 'volume':
      if (input.kind === 'volume') return volumeToPrepared(spec, input);
      break;
    case 'sequence':
      if (input.kind === 'sequence') {
        return sequenceToPrepared(spec, vocabularies.get(spec.vocabulary.file) ?? [], input);
      }
      break;
  }
  throw new DeepHealthError(
    'DH_INPUT_KIND_MISMATCH',
    `Input "${spec.name}" must be a ${spec.kind}, got a ${input.kind}.`,
    {
      details: { input: spec.name, expected: spec.kind, received: input.kind },
    },
  );
}
