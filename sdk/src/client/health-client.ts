import {
  type CallOptions,
  Client,
  credentials as grpcCredentials,
  type Metadata,
  type requestCallback,
} from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { type CallSettings, ContractCalls, type ContractClientOptions, channelOptions } from './contract-calls.js';

/** `grpc.health.v1.HealthCheckResponse.ServingStatus`, by its numbers. */
const STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;

export type ServingStatus = (typeof STATUSES)[number];

export type HealthClientOptions = ContractClientOptions;

/** Client of `grpc.health.v1.Health` (gRPC Health Checking Protocol), which any gRPC server may offer. */
export interface HealthClient {
  /**
   * @param service full name of a service; empty for the server as a whole
   * @throws DH_CONNECT_FAILED where no server answers, DH_FEATURE_UNSUPPORTED by one without the protocol
   */
  check(service?: string, settings?: CallSettings): Promise<ServingStatus>;
  close(): void;
}

const CHECK_PATH = '/grpc.health.v1.Health/Check';
const REQUEST = new protobuf.Type('HealthCheckRequest').add(new protobuf.Field('service', 1, 'string'));
const RESPONSE = new protobuf.Type('HealthCheckResponse').add(new protobuf.Field('status', 1, 'int32'));

interface HealthAnswer {
  readonly status?: number;
}

const encode = (service: string) => Buffer.from(REQUEST.encode({ service }).finish());
const decode = (bytes: Buffer) => RESPONSE.toObject(RESPONSE.decode(bytes)) as HealthAnswer;

/** A client for one server. It connects on first use; call {@link HealthClient.close} when done. */
export function createHealthClient(options: HealthClientOptions): HealthClient {
  const client = new Client(
    options.address,
    options.credentials ?? grpcCredentials.createInsecure(),
    channelOptions(options),
  );
  const calls = new ContractCalls(client, options);
  const method = (service: string, ...rest: [Metadata, CallOptions, requestCallback<HealthAnswer>]) =>
    client.makeUnaryRequest(CHECK_PATH, encode, decode, service, ...rest);
  return {
    async check(service = '', settings = {}) {
      try {
        const { status = 0 } = await calls.unary<string, HealthAnswer>(method, service, settings);
        return STATUSES[status] ?? 'UNKNOWN';
      } catch (thrown) {
        // NOT_FOUND is the protocol's own word for a service that the server does not know.
        if (DeepHealthError.from(thrown).code === 'DH_MODEL_NOT_FOUND') return 'SERVICE_UNKNOWN';
        throw thrown;
      }
    },
    close: () => client.close(),
  };
}
