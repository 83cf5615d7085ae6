import type { Manifest, OutputSpec } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import type { BatchingProof } from '../host/batching-proof.js';
import { planRing } from './ring-plan.js';

const batching = { servedSizes: [1] } as unknown as BatchingProof;

/** A graph from x to y, four values each. */
function manifest(outputs: readonly object[], others: Partial<Manifest> = {}): Manifest {
  const tensor = { dataType: 'FP32', shape: [-1, 4] } as const;
  return {
    onnx: {},
    tensors: { inputs: [{ name: 'x', ...tensor }], outputs: [{ name: 'y', ...tensor }] },
    inputs: [{ name: 'x', kind: 'tensor', feeds: 'x' }],
    outputs: outputs as readonly OutputSpec[],
    ...others,
  } as unknown as Manifest;
}

const output = (kind: string) => ({ name: 'f', kind, from: 'y', input: 'x' });

describe('planRing', () => {
  it.each(['classification', 'regression', 'tensor'])('leaves a %s of a plain tensor to the server', (kind) => {
    expect(planRing(manifest([output(kind)]), batching)?.manifest).toBeDefined();
  });

  it.each(['mask', 'map', 'events'])('leaves a model with %s to the host, which knows where its inputs lie', (kind) => {
    const plan = planRing(manifest([output('tensor'), output(kind)]), batching);
    expect(plan).toBeDefined();
    expect(plan?.manifest).toBeUndefined();
  });

  it('leaves a model whose inputs are held to limits of their distribution to the host', () => {
    const distribution = { onOutside: 'warn', source: 'A test.', limits: [{ statistic: 'mean', range: [0, 1] }] };
    const inputs = [{ name: 'x', kind: 'tensor', feeds: 'x', distribution }] as unknown as Manifest['inputs'];
    expect(planRing(manifest([output('tensor')], { inputs }), batching)).toBeUndefined();
  });

  it('leaves several graphs, such as those of a sliding window, to the host', () => {
    const { onnx: _, ...pipeline } = manifest([output('tensor')]);
    expect(planRing(pipeline as Manifest, batching)).toBeUndefined();
  });
});
