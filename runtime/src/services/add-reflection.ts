import { reflectionDefinition } from '@deephealth/proto';
import type { Server, ServerDuplexStream, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';

/**
 * Serves reflection, v1 and v1alpha. What it tells is put together when somebody asks for the first time: that
 * takes longer than the rest of the start, and most servers are never asked.
 *
 * @param otherFiles Paths of proto files of other services that the server offers
 */
export function addReflection(server: Server, otherFiles: readonly string[]): void {
  let asked: readonly Added[] | undefined;
  const services = () => {
    asked ??= servicesOf(withFilesOnce(reflectionDefinition(otherFiles)));
    return asked;
  };
  servicesOf({}).forEach(({ definition, implementation }, index) => {
    const handlers = Object.keys(implementation).map((name) => [
      name,
      (call: ServerDuplexStream<unknown, unknown>) => {
        const handle = services()[index]?.implementation[name] as unknown as (on: typeof call) => void;
        handle(call);
      },
    ]);
    server.addService(definition, Object.fromEntries(handlers) as UntypedServiceImplementation);
  });
}

type PackageDefinition = ReturnType<typeof reflectionDefinition>;

interface Added {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/** What the package would add to a server. */
function servicesOf(definition: PackageDefinition): Added[] {
  const added: Added[] = [];
  const recorder = {
    addService: (service: ServiceDefinition, implementation: UntypedServiceImplementation) =>
      added.push({ definition: service, implementation }),
  };
  new ReflectionService(definition).addToServer(recorder as unknown as Server);
  return added;
}

/** Every entry holds all files, and the package decodes those of each. */
function withFilesOnce(definition: PackageDefinition): PackageDefinition {
  const [first] = Object.entries(definition).filter(([, { fileDescriptorProtos }]) =>
    Array.isArray(fileDescriptorProtos),
  );
  return first === undefined ? {} : Object.fromEntries([first]);
}
