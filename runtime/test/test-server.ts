import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { runtimeV1 } from '@deephealth/proto';
import { type Log, type RuntimeServer, type RuntimeServerOptions, startRuntimeServer } from '@deephealth/runtime';
import {
  createRuntimeClient,
  type DataTypeName,
  DeepHealthError,
  type RuntimeClient,
  tensorFromValues,
  toContractTensor,
} from '@deephealth/sdk';
import { buildTestPackage, identityModel, type TestPackageOptions } from '@deephealth/sdk/testing';

export interface TestServer {
  readonly server: RuntimeServer;
  readonly client: RuntimeClient;
  /** Folder of the model store. */
  readonly store: string;
  /** Everything that was logged, one JSON text a line. */
  readonly logged: string[];
  stop(): Promise<void>;
}

/** A server with the given packages in a new store, on a free port, all models verified. */
export async function startTestServer(
  packages: readonly TestPackageOptions[],
  options: Partial<RuntimeServerOptions> = {},
): Promise<TestServer> {
  const store = mkdtempSync(join(tmpdir(), 'deephealth-test-'));
  for (const definition of packages) buildTestPackage(store, definition);
  const logged: string[] = [];
  const log: Log = (level, event, fields) => logged.push(JSON.stringify({ level, event, ...fields }));
  const server = await startRuntimeServer({
    models: [store],
    port: 0,
    log,
    drainGraceMs: 500,
    stateFolder: join(store, '.deephealth'),
    ...options,
  });
  const client = createRuntimeClient({ address: server.address, maxMessageBytes: 512 * 1024 * 1024 });
  await server.verified;
  return {
    server,
    client,
    store,
    logged,
    async stop() {
      client.close();
      await server.stop();
      rmSync(store, { recursive: true, force: true });
    },
  };
}

/** `y = x` for FP32 [-1, 4], named "identity". */
export const identityPackage: TestPackageOptions = {
  name: 'identity',
  model: identityModel({ dataType: 'FP32', shape: ['batch', 4] }),
  tensors: {
    inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 4] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 4] }],
  },
  golden: [
    {
      id: 'ramp',
      inputs: { x: { dataType: 'FP32', shape: [1, 4], values: [1, -2, 3, 0.5] } },
      expected: { y: { dataType: 'FP32', shape: [1, 4], values: [1, -2, 3, 0.5] } },
    },
  ],
};

/** A tensor input of a Predict request. */
export function tensorInput(
  name: string,
  values: readonly (number | bigint)[],
  shape: readonly number[] = [1, values.length],
  dataType: DataTypeName = 'FP32',
): runtimeV1.NamedInput {
  return { name, tensor: toContractTensor(tensorFromValues(dataType, shape, values)) };
}

/** Values of an FP32 tensor finding. */
export function valuesOf(response: runtimeV1.PredictResponse__Output, output = 'y'): number[] {
  const data = response.findings.find((finding) => finding.name === output)?.tensor?.data;
  if (data === undefined) throw new Error(`the response holds no tensor "${output}"`);
  return Array.from({ length: data.byteLength / 4 }, (_, i) => data.readFloatLE(i * 4));
}

/** The error that a call fails with; fails the test if it does not. */
export async function refusalOf(call: Promise<unknown>): Promise<DeepHealthError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof DeepHealthError) return error;
    throw error;
  }
  throw new Error('the call was expected to be refused');
}
