// The contract, as read from its .proto files when the program starts.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MessageTypeDefinition, ServiceDefinition } from '@grpc/proto-loader';
import { loadSync } from '@grpc/proto-loader';

/** DEEPHEALTH_PROTOS names a copy elsewhere. */
const PROTOS =
  process.env.DEEPHEALTH_PROTOS ??
  join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..', 'proto', 'proto');

const loaded = loadSync(
  ['deephealth/runtime/v1/model_runtime.proto', 'google/rpc/status.proto', 'google/rpc/error_details.proto'],
  // 64-bit extents as texts: a number would lose some of them.
  { includeDirs: [PROTOS], longs: String, enums: String, defaults: true, oneofs: true },
);

export const modelRuntime = loaded['deephealth.runtime.v1.ModelRuntime'] as ServiceDefinition;
const status = loaded['google.rpc.Status'] as MessageTypeDefinition<object, object>;
const errorInfo = loaded['google.rpc.ErrorInfo'] as MessageTypeDefinition<object, object>;

/** What the trailer "grpc-status-details-bin" holds: a google.rpc.Status with one ErrorInfo. */
export function encodeStatus(
  code: number,
  message: string,
  info: { readonly reason: string; readonly domain: string; readonly metadata: Readonly<Record<string, string>> },
): Buffer {
  const detail = { type_url: 'type.googleapis.com/google.rpc.ErrorInfo', value: errorInfo.serialize(info) };
  return status.serialize({ code, message, details: [detail] });
}
