import {
  type ClientDuplexStream,
  credentials,
  makeGenericClientConstructor,
  Server,
  ServerCredentials,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { protoPath as healthProto } from 'grpc-health-check';
import type protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addReflection } from './add-reflection.js';

const { FileDescriptorProto } = descriptor as unknown as Record<string, protobuf.Type>;

interface Reply {
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Buffer[] };
  readonly errorResponse?: { readonly errorCode: number };
}

let server: Server;
let address: string;

beforeAll(async () => {
  server = new Server();
  addReflection(server, [healthProto]);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  address = `127.0.0.1:${port}`;
});
afterAll(() => server.forceShutdown());

/** The package that serves it knows its messages. */
function definitionOf(version: string): ServiceDefinition {
  const added: ServiceDefinition[] = [];
  const recorder = { addService: (definition: ServiceDefinition) => added.push(definition) };
  new ReflectionService({}).addToServer(recorder as unknown as Server);
  const path = `/grpc.reflection.${version}.`;
  const found = added.find((definition) => Object.values(definition).some((method) => method.path.startsWith(path)));
  if (found === undefined) throw new Error(`there is no reflection of ${version}`);
  return found;
}

async function ask(version: 'v1' | 'v1alpha', ...requests: object[]): Promise<Reply[]> {
  const Client = makeGenericClientConstructor(definitionOf(version), 'ServerReflection');
  const client = new Client(address, credentials.createInsecure());
  try {
    const stream = client.ServerReflectionInfo?.() as unknown as ClientDuplexStream<object, Reply>;
    const replies: Reply[] = [];
    stream.on('data', (reply: Reply) => replies.push(reply));
    for (const request of requests) stream.write(request);
    stream.end();
    await new Promise((resolve, reject) => stream.on('end', resolve).on('error', reject));
    return replies;
  } finally {
    client.close();
  }
}

it.each(['v1', 'v1alpha'] as const)('%s names the services and gives their files', async (version) => {
  const [list, file, unknown] = await ask(
    version,
    { listServices: '*' },
    { fileContainingSymbol: 'deephealth.runtime.v1.ModelRuntime' },
    { fileContainingSymbol: 'nobody.Knows' },
  );
  expect(list?.listServicesResponse?.service.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'deephealth.runtime.v1.ModelRuntime',
      'inference.GRPCInferenceService',
      'grpc.health.v1.Health',
    ]),
  );
  const files = (file?.fileDescriptorResponse?.fileDescriptorProto ?? []).map(
    (bytes) => (FileDescriptorProto as protobuf.Type).decode(bytes) as unknown as { messageType: { name: string }[] },
  );
  expect(files.flatMap(({ messageType }) => messageType.map(({ name }) => name))).toContain('PredictRequest');
  expect(unknown?.errorResponse?.errorCode).toBe(5);
});

it('answers those who ask again as the first', async () => {
  const [first] = await ask('v1', { fileContainingSymbol: 'inference.ModelInferRequest' });
  const [second] = await ask('v1', { fileContainingSymbol: 'inference.ModelInferRequest' });
  expect(first?.fileDescriptorResponse?.fileDescriptorProto.length).toBeGreaterThan(0);
  expect(second).toEqual(first);
});
