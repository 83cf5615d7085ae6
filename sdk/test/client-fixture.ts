import { createServer, type Socket, type Server as TcpServer } from 'node:net';
import type { Metadata } from '@grpc/grpc-js';
import { afterEach } from 'vitest';
import { createRuntimeClient, type RuntimeClient, type RuntimeClientOptions } from '../src/client/runtime-client.js';
import { DeepHealthError } from '../src/errors/deephealth-error.js';
import { type Script, type ScriptedRuntime, startScriptedRuntime } from './scripted-runtime.js';

// What a test opens is closed after it.
const clients: RuntimeClient[] = [];
const runtimes: ScriptedRuntime[] = [];
let tcp: TcpServer | undefined;
/** Of `listen`, and what a test adds. */
export const sockets = new Set<Socket>();

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  for (const runtime of runtimes.splice(0)) runtime.stop();
  tcp?.close();
  tcp = undefined;
  for (const socket of sockets) socket.destroy();
  sockets.clear();
});

export function clientOf(options: RuntimeClientOptions): RuntimeClient {
  const client = createRuntimeClient(options);
  clients.push(client);
  return client;
}

export async function startRuntime(script: Script): Promise<ScriptedRuntime> {
  const runtime = await startScriptedRuntime(script);
  runtimes.push(runtime);
  return runtime;
}

/** A client of a server that answers so. */
export async function connectTo(script: Script, options: Partial<RuntimeClientOptions> = {}): Promise<RuntimeClient> {
  const { address } = await startRuntime(script);
  return clientOf({ address, ...options });
}

/** A port where something listens that need not speak gRPC. */
export async function listen(onSocket: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    sockets.add(socket);
    onSocket(socket);
  });
  tcp = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

/** From now on, nothing listens there. */
export async function stopListening(): Promise<void> {
  await new Promise((resolve) => tcp?.close(resolve));
}

/** What a call fails with; throws if it does not. */
export async function failureOf(promise: Promise<unknown>): Promise<DeepHealthError> {
  const thrown = await promise.then(
    () => new Error('the call succeeded'),
    (error: unknown) => error,
  );
  if (!(thrown instanceof DeepHealthError)) throw thrown;
  return thrown;
}

export const model = { name: 'm', version: '1' };
export type Method =
  | 'getServerInfo'
  | 'listModels'
  | 'getModel'
  | 'loadModel'
  | 'unloadModel'
  | 'verifyModel'
  | 'predict';
/** Methods that change nothing. */
export const reads: Method[] = ['getServerInfo', 'listModels', 'getModel'];
export const writes: Method[] = ['loadModel', 'unloadModel', 'verifyModel', 'predict'];

type Settings = Parameters<RuntimeClient['predict']>[1];
/** Calls a method with arguments that fit it. */
export function call(to: RuntimeClient, method: Method, settings?: Settings): Promise<unknown> {
  switch (method) {
    case 'getServerInfo':
      return to.getServerInfo(settings);
    case 'listModels':
      return to.listModels('', settings);
    case 'predict':
      return to.predict({ modelName: 'm' }, settings);
    default:
      return to[method]('m', '1', settings);
  }
}

type AnyHandler = (
  call: {
    getDeadline(): Date | number;
    metadata: Metadata;
    cancelled: boolean;
    on(name: 'cancelled', then: () => void): void;
  },
  callback: (error: unknown, response?: object) => void,
) => void;
/** One handler under the name of each method. */
export const everywhere = (handler: AnyHandler) =>
  Object.fromEntries([...reads, ...writes].map((name) => [name, handler])) as unknown as Script;
