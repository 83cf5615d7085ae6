import type { Manifest } from '@deephealth/sdk';

/** A manifest with every kind of output that rules may read, for tests of bindings. */
export const MODEL_MANIFEST = {
  schemaVersion: 1,
  name: 'all-outputs',
  version: '1.0.0',
  title: 'All outputs',
  intendedUse: 'Tests.',
  limitations: ['None.'],
  license: 'CC0-1.0',
  researchUseOnly: true,
  tensors: { inputs: [], outputs: [] },
  inputs: [
    {
      name: 'patient',
      kind: 'table',
      feeds: 'features',
      columns: [
        { name: 'age', type: 'number', unit: 'a', validRange: [18, 100] },
        { name: 'sex', type: 'category', categories: ['female', 'male'] },
        { name: 'smoker', type: 'boolean' },
      ],
      steps: [{ op: 'table_to_features', features: [] }],
    },
    { name: 'brain', kind: 'volume', feeds: 'voxels' },
  ],
  outputs: [
    {
      name: 'disease',
      kind: 'classification',
      from: 'a',
      mode: 'binary',
      classes: [{ label: 'absent' }, { label: 'present', threshold: 0.4 }],
    },
    {
      name: 'beat',
      kind: 'classification',
      from: 'b',
      mode: 'multiclass',
      classes: [{ label: 'N' }, { label: 'V' }, { label: 'S' }],
    },
    {
      name: 'findings',
      kind: 'classification',
      from: 'c',
      mode: 'multilabel',
      classes: [{ label: 'oedema' }, { label: 'effusion' }],
    },
    { name: 'size', kind: 'regression', from: 'd', values: [{ label: 'volume', unit: 'mL' }] },
    {
      name: 'parts',
      kind: 'mask',
      from: 'e',
      input: 'brain',
      mode: 'multiclass',
      classes: [{ label: 'background' }, { label: 'head' }, { label: 'tail' }],
    },
    { name: 'raw', kind: 'tensor', from: 'f' },
  ],
} as unknown as Manifest;
