import { readFileSync } from 'node:fs';
import { describeContract, type WireDescription, wireBreaks } from '@deephealth/proto';
import { describe, expect, it } from 'vitest';

const baseline = JSON.parse(readFileSync(new URL('../baseline/v1.0.json', import.meta.url), 'utf8')) as WireDescription;

describe('the contract against its baseline', () => {
  it('has no wire break', () => {
    expect(wireBreaks(baseline, describeContract())).toEqual([]);
  });

  it('is described in full, so that the next break will be noticed', () => {
    // An addition is no break, but one that is not in the baseline is not guarded.
    expect(describeContract()).toEqual(baseline);
  });

  it('would notice a renumbered, retyped, removed or restreamed element', () => {
    const number = 'deephealth.runtime.v1.Tensor.data';
    const method = 'deephealth.runtime.v1.ModelRuntime.Predict';
    const value = 'deephealth.runtime.v1.DataType.DATA_TYPE_FP32';
    expect(baseline.fields[number]).toBe('3 bytes');
    const renumbered = { ...baseline, fields: { ...baseline.fields, [number]: '4 bytes' } };
    expect(wireBreaks(baseline, renumbered)).toEqual([`${number} was 3 bytes, is 4 bytes`]);
    const { [number]: _, ...without } = baseline.fields;
    expect(wireBreaks(baseline, { ...baseline, fields: without })).toEqual([`${number} (3 bytes) was removed`]);
    const streamed = { ...baseline, methods: { ...baseline.methods, [method]: 'stream a -> b' } };
    expect(wireBreaks(baseline, streamed)).toHaveLength(1);
    const { [value]: __, ...fewer } = baseline.enumValues;
    expect(wireBreaks(baseline, { ...baseline, enumValues: fewer })).toHaveLength(1);
  });

  it('accepts a removed field whose number and name are reserved', () => {
    const field = 'deephealth.runtime.v1.Tensor.data';
    const { [field]: _, ...without } = baseline.fields;
    const reserved = { 'deephealth.runtime.v1.Tensor': JSON.stringify([[3, 3], 'data']) };
    expect(wireBreaks(baseline, { ...baseline, fields: without, reserved })).toEqual([]);
    const numberOnly = { 'deephealth.runtime.v1.Tensor': JSON.stringify([[3, 3]]) };
    expect(wireBreaks(baseline, { ...baseline, fields: without, reserved: numberOnly })).toHaveLength(1);
  });
});

describe('the Open Inference Protocol', () => {
  it.each([
    ['inference.ModelInferRequest.rawInputContents', '7 repeated bytes'],
    ['inference.ModelInferResponse.rawOutputContents', '6 repeated bytes'],
    ['inference.InferParameter.uint64Param', '5 uint64 oneof parameterChoice'],
    ['inference.ModelStreamInferResponse.inferResponse', '2 inference.ModelInferResponse'],
    ['inference.InferTensorContents.bytesContents', '8 repeated bytes'],
    ['inference.ModelConfig.modelTransactionPolicy', '19 inference.ModelTransactionPolicy'],
    ['inference.RepositoryModelLoadRequest.modelName', '2 string'],
  ])('keeps the number that existing clients use for %s', (field, description) => {
    expect(describeContract().fields[field]).toBe(description);
  });

  it('never has a field 6 in ModelMetadataResponse, on whose meaning servers disagree', () => {
    const fields = Object.entries(describeContract().fields).filter(([name]) =>
      /^inference\.ModelMetadataResponse\.\w+$/.test(name),
    );
    expect(fields).toHaveLength(5);
    expect(fields.every(([, description]) => !description.startsWith('6 '))).toBe(true);
  });
});
