import { inferenceService } from '@deephealth/proto';
import type { HttpResponse } from './route.js';
import { type WritableJson, writeJson } from './write-json.js';

type ShownRpc =
  | 'ServerMetadata'
  | 'ModelMetadata'
  | 'ModelConfig'
  | 'ModelStatistics'
  | 'RepositoryIndex'
  | 'SystemSharedMemoryStatus';

/** Fields of 64 bits, which are texts in a decoded message and numbers in the JSON of the protocol. */
const INTEGERS: Readonly<Partial<Record<ShownRpc, ReadonlySet<string>>>> = {
  ModelMetadata: new Set(['shape']),
  ModelConfig: new Set([
    'dims',
    'shape',
    'versions',
    'maxQueueDelayMicroseconds',
    'defaultTimeoutMicroseconds',
    'priorityLevels',
    'defaultPriorityLevel',
  ]),
  ModelStatistics: new Set([
    'lastInference',
    'inferenceCount',
    'executionCount',
    'count',
    'ns',
    'batchSize',
    'id',
    'byteSize',
  ]),
  SystemSharedMemoryStatus: new Set(['offset', 'byteSize']),
};

/** Fields that are maps: their keys are names of users and stay as they are. */
const MAPS: ReadonlySet<string> = new Set(['responseStats', 'regions', 'priorityQueuePolicy', 'settings']);

/** A 200 with JSON. */
export function jsonResponse(value: WritableJson, status = 200): HttpResponse {
  return { status, contentType: 'application/json', body: writeJson(value) };
}

/**
 * The response message of an rpc as the JSON of the protocol: names with underscores, enums by
 * name, 64-bit integers as numbers with all their digits, messages that are not set left out.
 *
 * The message goes through its wire form first, so that HTTP shows what gRPC would show, every
 * default included.
 */
export function messageToJson(rpc: ShownRpc, message: object): Readonly<Record<string, WritableJson>> {
  const { responseSerialize, responseDeserialize } = inferenceService()[rpc] as unknown as {
    responseSerialize(value: object): Buffer;
    responseDeserialize(bytes: Buffer): object;
  };
  return convertFields(responseDeserialize(responseSerialize(message)), INTEGERS[rpc] ?? new Set());
}

function convertFields(message: object, integers: ReadonlySet<string>): Record<string, WritableJson> {
  const fields = Object.entries(message).flatMap(([name, value]: [string, unknown]): [string, WritableJson][] => {
    // The name of the field that is set, which proto-loader adds to each oneof.
    if (value === null || value === undefined || name.endsWith('Choice')) return [];
    return [[snakeCase(name), convert(name, value, integers)]];
  });
  return Object.fromEntries(fields);
}

function convert(name: string, value: unknown, integers: ReadonlySet<string>): WritableJson {
  if (Array.isArray(value)) return value.map((item) => convert(name, item, integers));
  if (typeof value === 'object' && value !== null) {
    if (!MAPS.has(name)) return convertFields(value, integers);
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        name === 'priorityQueuePolicy' ? integerKey(key) : key,
        convert('', inner, integers),
      ]),
    );
  }
  return integers.has(name) ? BigInt(value as string) : (value as WritableJson);
}

/** protobufjs keeps the 64-bit key of a map as its eight bytes, little-endian, one a character. */
function integerKey(key: string): string {
  return Buffer.from(key, 'latin1').readBigUInt64LE().toString();
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
