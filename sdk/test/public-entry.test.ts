import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createRuntimeClient,
  DeepHealthError,
  fromGrpcError,
  type RuntimeClient,
  readModelPackage,
  tensorFromValues,
  tensorValues,
  toContractTensor,
  toNamedInputs,
  unaryHandler,
} from '@deephealth/sdk';
import { buildTestPackage, identityModel } from '@deephealth/sdk/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeepHealthError as SourceError } from '../src/errors/deephealth-error.js';
import { toGrpcFailure } from '../src/errors/grpc-status.js';
import { type ScriptedRuntime, serverInfo, startScriptedRuntime } from './scripted-runtime.js';

let store: string;
let runtime: ScriptedRuntime | undefined;
let client: RuntimeClient | undefined;
beforeEach(() => {
  store = mkdtempSync(join(tmpdir(), 'dh-sdk-'));
});
afterEach(() => {
  client?.close();
  runtime?.stop();
  client = runtime = undefined;
  rmSync(store, { recursive: true, force: true });
});

const tensor = { dataType: 'FP32', shape: [1, 3], values: [0.5, -1.5, 3.25] } as const;
const spec = (name: string) => ({ name, dataType: 'FP32', shape: [-1, 3] }) as const;

describe('the built package', () => {
  it('takes a golden case from a package to a server and back, bit for bit', async () => {
    const { folder, digest } = buildTestPackage(store, {
      model: identityModel({ shape: ['batch', 3] }),
      tensors: { inputs: [spec('x')], outputs: [spec('y')] },
      golden: [{ id: 'case', inputs: { x: tensor }, expected: { y: tensor } }],
    });
    const read = await readModelPackage(folder);
    expect(read.packageSha256).toBe(digest);

    runtime = await startScriptedRuntime({
      getServerInfo: (_, callback) => callback(null, serverInfo),
      // A model that gives its input back.
      predict: unaryHandler(
        ({ inputs }) => {
          const sent = inputs[0]?.tensor;
          const raw = { dataType: 'FP32', shape: (sent?.shape ?? []).map(Number), data: sent?.data as Buffer } as const;
          const again = tensorFromValues('FP32', raw.shape, tensorValues(raw) as number[]);
          return { findings: [{ name: 'y', tensor: toContractTensor(again) }] };
        },
        (thrown) => {
          throw thrown;
        },
      ),
    });
    client = createRuntimeClient({ address: runtime.address });
    await client.connect();
    const inputs = toNamedInputs(read.goldenCases[0]?.inputs ?? {});
    const { findings } = await client.predict({ modelName: 'test-model', inputs });
    expect(findings[0]?.tensor?.data).toEqual(inputs[0]?.tensor?.data);
    expect(findings[0]?.tensor?.data).toEqual(Buffer.from([0, 0, 0, 0x3f, 0, 0, 0xc0, 0xbf, 0, 0, 0x50, 0x40]));
  });

  it('recognises an error of another copy of itself, and carries it over the wire', () => {
    expect(SourceError).not.toBe(DeepHealthError);
    const error = new SourceError('DH_QUEUE_FULL', 'Full.', { retryAfterMs: 5 });
    expect(error).toBeInstanceOf(DeepHealthError);
    expect(new DeepHealthError('DH_CANCELLED', 'x')).toBeInstanceOf(SourceError);
    const { code, details, metadata } = toGrpcFailure(error);
    const received = Object.assign(new Error('8 RESOURCE_EXHAUSTED: Full.'), { code, details, metadata });
    expect(fromGrpcError(received)).toMatchObject({ code: 'DH_QUEUE_FULL', message: 'Full.', retryAfterMs: 5 });
  });
});
