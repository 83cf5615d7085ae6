import { modelRuntimeService, type runtimeV1 } from '@deephealth/proto';
import { Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';

/** A server of the contract that answers what a test tells it to. */
export interface ScriptedRuntime {
  /** "127.0.0.1:port". */
  readonly address: string;
  /** Ends every connection at once. */
  stop(): void;
}

/** Methods that are not given answer UNIMPLEMENTED, as grpc-js does by itself. */
export type Script = {
  [Name in keyof Handlers as string extends Name ? never : Uncapitalize<Name & string>]?: Handlers[Name];
};
type Handlers = runtimeV1.ModelRuntimeHandlers;

/** Starts a server on a free port of loopback. */
export async function startScriptedRuntime(script: Script): Promise<ScriptedRuntime> {
  const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
  server.addService(modelRuntimeService(), script as UntypedServiceImplementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { address: `127.0.0.1:${port}`, stop: () => server.forceShutdown() };
}

/** What a server of contract 1.0 says of itself. */
export const serverInfo = {
  name: 'scripted',
  version: '9.9.9',
  contractVersions: [{ major: 1, minor: 0 }],
  isReady: true,
} satisfies runtimeV1.GetServerInfoResponse;

/** A promise with its resolve function, for a test that waits for an event in a handler. */
export function event<T = void>(): { readonly happened: Promise<T>; readonly happen: (value: T) => void } {
  let happen: (value: T) => void = () => undefined;
  const happened = new Promise<T>((resolve) => {
    happen = resolve;
  });
  return { happened, happen };
}
