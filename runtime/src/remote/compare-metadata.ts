import type { inferenceV2 } from '@deephealth/proto';
import type { Manifest, TensorSpec } from '@deephealth/sdk';
import { shorten } from '../admission/admit-request.js';
import { remoteMismatch } from './remote-mismatch.js';

type ModelMetadata = inferenceV2.ModelMetadataResponse__Output;
type RemoteTensor = ModelMetadata['inputs'][number];

const VARYING = -1;

/**
 * Holds what a server says of its model against the tensors of the manifest, as far as it says
 * anything: a list, a type or a shape that is empty is taken for unknown, because some servers are
 * not told what their model takes. Throws DH_REMOTE_MISMATCH naming the first tensor at fault.
 */
export function compareMetadata(model: string, tensors: Manifest['tensors'], metadata: ModelMetadata): void {
  if (metadata.name !== '' && metadata.name !== model) {
    throw remoteMismatch(
      `The inference server describes the model "${shorten(metadata.name)}" where "${model}" was asked for.`,
      { field: 'name', expected: model, received: shorten(metadata.name) },
    );
  }
  if (metadata.inputs.length > 0) {
    compareTensors('inputs', tensors.inputs, metadata.inputs);
    refuseUndeclared(tensors.inputs, metadata.inputs);
  }
  // Outputs that the manifest does not use are computed for nobody and do no harm.
  if (metadata.outputs.length > 0) compareTensors('outputs', tensors.outputs, metadata.outputs);
}

function compareTensors(
  list: 'inputs' | 'outputs',
  specs: readonly TensorSpec[],
  remotes: readonly RemoteTensor[],
): void {
  for (const spec of specs) {
    const remote = remotes.find(({ name }) => name === spec.name);
    const mismatch = (what: string, expected: string, received: string) =>
      remoteMismatch(
        `Manifest field "/tensors/${list}": "${spec.name}" ${what}; the manifest says ${expected}, the inference server ${received}.`,
        { tensor: spec.name, expected, received },
      );
    if (remote === undefined) throw mismatch('is not in the remote model', `"${spec.name}"`, names(remotes));
    if (remote.datatype !== '' && remote.datatype !== spec.dataType) {
      throw mismatch('has another type', spec.dataType, shorten(remote.datatype));
    }
    if (remote.shape.length > 0 && !fits(spec.shape, remote.shape)) {
      throw mismatch('has another shape', `[${spec.shape.join(', ')}]`, `[${shorten(remote.shape.join(', '))}]`);
    }
  }
}

/** An input that we do not send is one that the server would miss in every request. */
function refuseUndeclared(specs: readonly TensorSpec[], remotes: readonly RemoteTensor[]): void {
  const undeclared = remotes.find(({ name }) => !specs.some((spec) => spec.name === name));
  if (undeclared === undefined) return;
  const tensor = shorten(undeclared.name);
  throw remoteMismatch(
    `The remote model also takes "${tensor}", which "/tensors/inputs" of the manifest does not declare.`,
    { tensor, expected: specs.map(({ name }) => `"${name}"`).join(', '), received: names(remotes) },
  );
}

/** The same rank, and every extent that the server fixes is the one declared; the batch may be any. */
function fits(declared: readonly number[], remote: readonly string[]): boolean {
  return (
    remote.length === declared.length &&
    declared.every((extent, axis) => {
      const isBatch = axis === 0 && extent === VARYING;
      return isBatch || Number(remote[axis]) < 0 || Number(remote[axis]) === extent;
    })
  );
}

const MOST_NAMES = 8;

function names(remotes: readonly RemoteTensor[]): string {
  const listed = remotes.slice(0, MOST_NAMES).map(({ name }) => `"${shorten(name)}"`);
  return `${listed.join(', ')}${remotes.length > MOST_NAMES ? ', ...' : ''}`;
}
