import { inferenceService } from '@deephealth/proto';
import type { Manifest } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import {
  ModelDouble,
  type ModelDoubleOptions,
  manifestOf,
  openInferenceOver,
  rows,
} from '../../test/served-model-double.js';
import type { VersionPolicy } from '../store/version-policy.js';

const request = { name: 'double', version: '' };

function configOf(options: ModelDoubleOptions, policy: VersionPolicy = 'all') {
  const oip = openInferenceOver([new ModelDouble(options)], { versionPolicy: () => policy });
  return oip.modelConfig(request, {}).config;
}

const classifier = manifestOf(
  [rows('x', 4), { name: 'note', dataType: 'BYTES', shape: [-1] }],
  [{ name: 'y', dataType: 'FP16', shape: [-1, 3] }],
);

describe('ModelConfig', () => {
  it('has whole shapes and no batch size where each request runs by itself', () => {
    expect(configOf({ manifest: classifier })).toMatchObject({
      name: 'double',
      platform: 'onnxruntime_onnx',
      backend: 'onnxruntime',
      maxBatchSize: 0,
      input: [
        { name: 'x', dataType: 'TYPE_FP32', dims: [-1, 4] },
        { name: 'note', dataType: 'TYPE_STRING', dims: [-1] },
      ],
      output: [{ name: 'y', dataType: 'TYPE_FP16', dims: [-1, 3] }],
      instanceGroup: [{ name: 'double_0', count: 1, kind: 'KIND_CPU' }],
      modelTransactionPolicy: { decoupled: false },
    });
    expect(configOf({ manifest: classifier, servedSizes: [1] })).not.toHaveProperty('dynamicBatching');
  });

  it('leaves the batch out of the extents where requests share runs, and keeps it in ModelMetadata', () => {
    const options = { manifest: classifier, servedSizes: [1, 2, 8] };
    expect(configOf(options)).toMatchObject({
      maxBatchSize: 8,
      input: [{ dims: [4] }, { dims: [] }],
      output: [{ dims: [3] }],
      dynamicBatching: {
        preferredBatchSize: [2, 8],
        priorityLevels: 3,
        defaultPriorityLevel: 2,
        defaultQueuePolicy: { timeoutAction: 'REJECT', allowTimeoutOverride: true, maxQueueSize: 16 },
      },
    });
    const metadata = openInferenceOver([new ModelDouble(options)]).modelMetadata(request, {});
    expect(metadata.inputs?.map(({ shape }) => shape)).toEqual([[-1, 4], [-1]]);
  });

  it('promises no batch to clients of a model with a tensor that has none', () => {
    const manifest = manifestOf([rows('x', 4), { name: 'scale', dataType: 'FP32', shape: [1] }], [rows('y', 4)]);
    const config = configOf({ manifest, servedSizes: [1, 4] });
    expect(config).toMatchObject({ maxBatchSize: 0, input: [{ dims: [-1, 4] }, { dims: [1] }] });
    expect(config).not.toHaveProperty('dynamicBatching');
  });

  it('keeps the state of sequences to itself and says how they are scheduled', () => {
    const manifest = manifestOf([rows('x', 4), rows('h', 8)], [rows('y', 2), rows('h_next', 8)], {
      inputs: [{ name: 'x', kind: 'tensor', feeds: 'x' }],
      outputs: [{ name: 'y', kind: 'tensor', from: 'y' }],
      sequence: { state: [{ input: 'h', output: 'h_next' }], idleTimeoutMs: 1500 },
    });
    const config = configOf({ manifest });
    expect(config).toMatchObject({
      input: [{ name: 'x' }],
      output: [{ name: 'y' }],
      sequenceBatching: {
        maxSequenceIdleMicroseconds: 1_500_000,
        oldest: { maxCandidateSequences: 8 },
        state: [{ inputName: 'h', outputName: 'h_next', dataType: 'TYPE_FP32', dims: [-1, 8] }],
      },
    });
    expect(config).not.toHaveProperty('dynamicBatching');
    const metadata = openInferenceOver([new ModelDouble({ manifest })]).modelMetadata(request, {});
    expect([...(metadata.inputs ?? []), ...(metadata.outputs ?? [])].map(({ name }) => name)).toEqual(['x', 'y']);
  });

  it('shows a state output that the manifest reports as a result', () => {
    const manifest = manifestOf([rows('x', 4), rows('h', 8)], [rows('h_next', 8)], {
      inputs: [{ name: 'x', kind: 'tensor', feeds: 'x' }],
      sequence: { state: [{ input: 'h', output: 'h_next' }] },
    });
    expect(configOf({ manifest })?.output).toMatchObject([{ name: 'h_next' }]);
  });

  it('says how many instances run, as few as the manifest or the operator wants', () => {
    const instances = (count: number) => {
      const manifest: Manifest = { ...classifier, execution: { instances: count } };
      return configOf({ manifest })?.instanceGroup?.[0]?.count;
    };
    expect([instances(1), instances(2), instances(9)]).toEqual([1, 2, 2]);
  });

  it('tells the version policy as far as the protocol has words for it', () => {
    const told = (policy: VersionPolicy) => configOf({}, policy)?.versionPolicy;
    expect(told('all')).toEqual({ all: {} });
    expect(told({ latest: 2 })).toEqual({ latest: { numVersions: 2 } });
    expect(told({ specific: ['1', '3'] })).toEqual({ specific: { versions: ['1', '3'] } });
    expect(told({ specific: ['1.0.2'] })).toEqual({ all: {} });
  });

  it('names what computes a model that is no single graph', () => {
    const { onnx: _, ...rest } = classifier;
    const remote: Manifest = { ...rest, remote: { protocol: 'open-inference', model: 'm' } };
    expect(configOf({ manifest: remote })).toMatchObject({ platform: 'deephealth_remote', backend: 'deephealth' });
  });

  it('goes over the wire as it is', () => {
    const { responseSerialize, responseDeserialize } = inferenceService().ModelConfig;
    const config = configOf({ manifest: classifier, servedSizes: [1, 8] });
    const { config: received } = responseDeserialize(responseSerialize({ config } as never));
    expect(received).toMatchObject({
      maxBatchSize: 8,
      input: [{ dataType: 'TYPE_FP32', dims: ['4'] }, { dataType: 'TYPE_STRING' }],
      dynamicBatching: { priorityLevels: '3' },
      versionPolicy: { policyChoice: 'all' },
    });
  });

  it('is refused for a version that does not serve, in the words of Triton', () => {
    expect(() => configOf({ state: 'VERIFYING' })).toThrow(
      "Request for unknown model: 'double' version 1 is not at ready state",
    );
  });
});
