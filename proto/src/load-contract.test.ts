import { describe, expect, it } from 'vitest';
import { contractServices, loadContract, modelRuntimeService } from './load-contract.js';

const { Predict } = modelRuntimeService();

describe('the contract as loaded', () => {
  it('offers both services with their own paths', () => {
    expect(Predict.path).toBe('/deephealth.runtime.v1.ModelRuntime/Predict');
    const paths = contractServices().flatMap((service) => Object.values(service).map((method) => method.path));
    expect(paths).toContain('/inference.GRPCInferenceService/ModelInfer');
    expect(new Set(paths).size).toBe(paths.length);
    expect(loadContract().deephealth.runtime.v1.ModelRuntime.service).toBe(modelRuntimeService());
  });

  it('keeps 64-bit extents as decimal strings, beyond what a number holds', () => {
    const shape = ['9007199254740993', '-9223372036854775808'];
    const tensor = { dataType: 'DATA_TYPE_INT64', shape, data: Buffer.from([1, 2]) } as const;
    const back = Predict.requestDeserialize(Predict.requestSerialize({ inputs: [{ name: 'x', tensor }] }));
    expect(back.inputs?.[0]?.tensor?.shape).toEqual(shape);
    expect(back.inputs?.[0]?.tensor?.dataType).toBe('DATA_TYPE_INT64');
    expect(back.inputs?.[0]?.tensor?.data).toEqual(Buffer.from([1, 2]));
  });

  it('fills in what was not sent and tells which member of a oneof was', () => {
    const back = Predict.requestDeserialize(Predict.requestSerialize({ inputs: [{ name: 'x', table: {} }] }));
    expect(back).toMatchObject({ requestId: '', modelVersion: '', outputs: [], priority: 'PRIORITY_UNSPECIFIED' });
    expect(back.inputs?.[0]).toMatchObject({ name: 'x', value: 'table' });
    expect(back.inputs?.[0]?.tensor).toBeUndefined();
  });

  it('ignores fields of a later minor version', () => {
    // Field 500, a text, behind a request id.
    const later = Buffer.from([0x0a, 1, 0x61, 0xa2, 0x1f, 3, 0x6e, 0x65, 0x77]);
    expect(Predict.requestDeserialize(later)).toMatchObject({ requestId: 'a' });
  });
});
