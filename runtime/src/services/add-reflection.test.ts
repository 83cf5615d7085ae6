import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  type Client,
  credentials,
  type GrpcObject,
  loadPackageDefinition,
  Server,
  ServerCredentials,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath as healthProto } from 'grpc-health-check';
import type protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addReflection } from './add-reflection.js';

const require = createRequire(import.meta.url);
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

async function ask(version: 'v1' | 'v1alpha', ...requests: object[]): Promise<Reply[]> {
  const folder = join(dirname(require.resolve('@grpc/reflection')), '..', 'proto', 'grpc', 'reflection', version);
  // biome-ignore lint/suspicious/noExplicitAny: the package has no types of its own service.
  const loaded = loadPackageDefinition(loadSync(join(folder, 'reflection.proto'))) as GrpcObject as any;
  const client: Client = new loaded.grpc.reflection[version].ServerReflection(address, credentials.createInsecure());
  try {
    // biome-ignore lint/suspicious/noExplicitAny: as above.
    const stream = (client as any).ServerReflectionInfo();
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
