import { inferenceService, type inferenceV2 } from '@deephealth/proto';
import {
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';

export type InferRequest = inferenceV2.ModelInferRequest__Output;
export type InferResponse = inferenceV2.ModelInferResponse;

/**
 * What the server answers, at once or later; bytes go out as they are, and an object that is thrown is
 * the status. `begin` sends the headers of the answer ahead.
 */
type Behaviour<Request, Response> = (
  request: Request,
  begin: () => void,
) => Response | Buffer | Promise<Response | Buffer>;

export interface FakeBehaviour {
  ServerReady: Behaviour<inferenceV2.ServerReadyRequest__Output, inferenceV2.ServerReadyResponse>;
  ServerMetadata: Behaviour<inferenceV2.ServerMetadataRequest__Output, inferenceV2.ServerMetadataResponse>;
  ModelReady: Behaviour<inferenceV2.ModelReadyRequest__Output, inferenceV2.ModelReadyResponse>;
  ModelMetadata: Behaviour<inferenceV2.ModelMetadataRequest__Output, inferenceV2.ModelMetadataResponse>;
  ModelInfer: Behaviour<InferRequest, InferResponse>;
}

/**
 * Serves the model "double": "x" FP32 [-1, 3] in, "y" FP32 [-1, 3] = 2x and "row" INT64 [-1] out, the
 * number of each row. Takes and gives raw contents, as Triton does.
 */
const WELL: FakeBehaviour = {
  ServerReady: () => ({ ready: true }),
  ServerMetadata: () => ({ name: 'triton', version: '2.73.0', extensions: ['binary_tensor_data', 'statistics'] }),
  ModelReady: () => ({ ready: true }),
  ModelMetadata: () => ({
    name: 'double',
    versions: ['1'],
    platform: 'onnxruntime_onnx',
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 3] }],
    outputs: [
      { name: 'y', datatype: 'FP32', shape: [-1, 3] },
      { name: 'row', datatype: 'INT64', shape: [-1] },
    ],
  }),
  ModelInfer: (request) => rawReply(request),
};

/** FP32 elements of the only input, from raw or typed contents. */
export function receivedElements(request: InferRequest): number[] {
  const [raw] = request.rawInputContents;
  if (raw === undefined) return request.inputs[0]?.contents?.fp32Contents ?? [];
  return Array.from({ length: raw.length / 4 }, (_, index) => raw.readFloatLE(index * 4));
}

/** The right reply with raw contents. */
export function rawReply(request: InferRequest): InferResponse {
  const y = receivedElements(request).map((value) => value * 2);
  const rows = y.length / 3;
  return {
    modelName: request.modelName,
    modelVersion: '1',
    id: request.id,
    outputs: [
      { name: 'y', datatype: 'FP32', shape: [rows, 3] },
      { name: 'row', datatype: 'INT64', shape: [rows] },
    ],
    rawOutputContents: [
      Buffer.from(Float32Array.from(y).buffer),
      Buffer.from(BigInt64Array.from({ length: rows }, (_, row) => BigInt(row)).buffer),
    ],
  };
}

/** The right reply with typed contents. */
export function typedReply(request: InferRequest): InferResponse {
  const y = receivedElements(request).map((value) => value * 2);
  const rows = y.length / 3;
  const row = Array.from({ length: rows }, (_, index) => index);
  return {
    modelName: request.modelName,
    modelVersion: '1',
    id: request.id,
    outputs: [
      { name: 'y', datatype: 'FP32', shape: [rows, 3], contents: { fp32Contents: y } },
      { name: 'row', datatype: 'INT64', shape: [rows], contents: { int64Contents: row } },
    ],
  };
}

export interface FakeServer {
  /** "127.0.0.1:port" */
  readonly address: string;
  /** ModelInfer requests in the order in which they came. */
  readonly requests: readonly InferRequest[];
  /** Calls of every method, by name. */
  readonly calls: Readonly<Record<keyof FakeBehaviour, number>>;
  /** Answers otherwise from now on. */
  behave(behaviour: Partial<FakeBehaviour>): void;
  /** Resolves when the method is called the next time. */
  nextCall(method: keyof FakeBehaviour): Promise<void>;
  /** Ends every connection at once, as a process that dies does. */
  die(): void;
}

/** Starts the server on loopback, on a free port unless one is given. */
export async function startFakeServer(
  overrides: Partial<FakeBehaviour> = {},
  { port = 0, maxReceiveBytes = -1 }: { readonly port?: number; readonly maxReceiveBytes?: number } = {},
): Promise<FakeServer> {
  // With channelz off, forceShutdown of grpc-js 1.14 finds no connections to end.
  const server = new Server({ 'grpc.max_receive_message_length': maxReceiveBytes });
  const behaviour = { ...WELL, ...overrides };
  const requests: InferRequest[] = [];
  const calls = { ServerReady: 0, ServerMetadata: 0, ModelReady: 0, ModelMetadata: 0, ModelInfer: 0 };
  const waiting: { readonly method: string; resolve(): void }[] = [];
  const handler =
    (method: keyof FakeBehaviour): handleUnaryCall<unknown, unknown> =>
    (call: ServerUnaryCall<unknown, unknown>, callback) => {
      calls[method] += 1;
      if (method === 'ModelInfer') requests.push(call.request as InferRequest);
      for (const waiter of waiting.filter((w) => w.method === method)) {
        waiting.splice(waiting.indexOf(waiter), 1);
        waiter.resolve();
      }
      const answer = async () =>
        (behaviour[method] as Behaviour<unknown, unknown>)(call.request, () => call.sendMetadata(new Metadata()));
      answer().then(
        (response) => callback(null, response),
        (failure) => callback(failure),
      );
    };
  const methods = Object.keys(calls) as (keyof FakeBehaviour)[];
  server.addService(
    carryingBytes(inferenceService() as unknown as ServiceDefinition),
    Object.fromEntries(methods.map((method) => [method, handler(method)])) as UntypedServiceImplementation,
  );
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, given) =>
      error ? reject(error) : resolve(given),
    );
  });
  return {
    address: `127.0.0.1:${bound}`,
    requests,
    calls,
    behave: (other) => Object.assign(behaviour, other),
    nextCall: (method) => new Promise((resolve) => waiting.push({ method, resolve })),
    die: () => server.forceShutdown(),
  };
}

/** The service with replies that may be bytes already, so that a test can write fields that we do not know. */
function carryingBytes(service: ServiceDefinition): ServiceDefinition {
  return Object.fromEntries(
    Object.entries(service).map(([name, method]) => [
      name,
      {
        ...method,
        responseSerialize: (value: unknown) => (Buffer.isBuffer(value) ? value : method.responseSerialize(value)),
      },
    ]),
  );
}
