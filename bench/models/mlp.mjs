import { buildOnnxModel, seededValues } from '@deephealth/sdk/testing';

const LAYERS = [30, 64, 32, 1];

/** A small risk model: 30 features, 64, 32, one probability. About 4,000 multiplications a row. */
export const MLP = {
  name: 'bench-mlp',
  tensors: {
    inputs: [{ name: 'features', dataType: 'FP32', shape: [-1, 30] }],
    outputs: [{ name: 'probability', dataType: 'FP32', shape: [-1, 1], range: [0, 1] }],
  },
  goldenShape: [1, 30],
  manifest: {
    outputs: [
      {
        name: 'risk',
        kind: 'classification',
        from: 'probability',
        mode: 'binary',
        classes: [{ label: 'low' }, { label: 'high', threshold: 0.5 }],
      },
    ],
  },
  build() {
    const nodes = [];
    const initializers = [];
    let value = 'features';
    for (let layer = 1; layer < LAYERS.length; layer++) {
      const [rows, columns] = [LAYERS[layer - 1], LAYERS[layer]];
      const isLast = layer === LAYERS.length - 1;
      const active = isLast ? 'probability' : `active${layer}`;
      initializers.push(
        { name: `w${layer}`, dataType: 'FP32', shape: [rows, columns], values: weights(rows, columns, layer) },
        { name: `b${layer}`, dataType: 'FP32', shape: [columns], values: seededValues(columns, 100 + layer, 0.1) },
      );
      nodes.push(
        { op: 'Gemm', inputs: [value, `w${layer}`, `b${layer}`], outputs: [`sum${layer}`] },
        { op: isLast ? 'Sigmoid' : 'Relu', inputs: [`sum${layer}`], outputs: [active] },
      );
      value = active;
    }
    return buildOnnxModel({
      inputs: [{ name: 'features', dataType: 'FP32', shape: ['batch', 30] }],
      outputs: [{ name: 'probability', dataType: 'FP32', shape: ['batch', 1] }],
      nodes,
      initializers,
    });
  },
};

function weights(rows, columns, seed) {
  return seededValues(rows * columns, seed, Math.sqrt(6 / rows));
}
