import { SUITE_MODELS } from '../models/catalogue.js';
import type { SuiteModel } from '../models/suite-model.js';

/** Gives back what it gets, in a type that the contract's own profiles do not ask for. */
function identity(dataType: 'BYTES' | 'BF16'): SuiteModel {
  const type = dataType.toLowerCase();
  const isFloat = dataType === 'BF16';
  const tensor = (name: string) => ({ name, dataType, shape: [-1], ...(isFloat && { nonFinite: 'allow' as const }) });
  return {
    name: `conformance-identity-${type}`,
    version: '1',
    title: `Gives back a tensor of ${dataType}`,
    numericClass: 'exact',
    graph: {
      inputs: [tensor('x')],
      outputs: [tensor('y')],
      constants: {},
      nodes: [{ op: 'Identity', inputs: ['x'], output: 'y' }],
    },
    golden: [{ x: `noise-5.${type}` }],
  };
}

/** Every model that a case of profile `oip` may ask for; a target need not serve all of them. */
export const OIP_MODELS: readonly SuiteModel[] = [
  // Plain tensors in and out, one version of each: the protocol knows no tables, decisions or refusals.
  ...SUITE_MODELS.filter(
    ({ name, manifest, refused }) => manifest === undefined && refused === undefined && name !== 'conformance-versions',
  ),
  ...(['BYTES', 'BF16'] as const)
    .map(identity)
    .filter(({ name }) => SUITE_MODELS.every((known) => known.name !== name)),
].sort((a, b) => (a.name < b.name ? -1 : 1));

export function oipModel(name: string): SuiteModel {
  const model = OIP_MODELS.find((candidate) => candidate.name === name);
  if (model === undefined) throw new RangeError(`the suite has no model "${name}"`);
  return model;
}
