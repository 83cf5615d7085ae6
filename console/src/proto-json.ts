/**
 * A message of the contract as proto3 JSON: what is not set is left out, bytes are Base64, and points in time ISO 8601.
 */
export function toProtoJson(message: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(message).flatMap(([name, value]: [string, unknown]): [string, unknown][] => {
      // `_minimum` and the like say which optional field is set; the field itself says it, too.
      if (value === undefined || value === null || name.startsWith('_')) return [];
      return [[name, toJsonValue(value)]];
    }),
  );
}

function toJsonValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toJsonValue);
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  if (typeof value !== 'object' || value === null) return value;
  return isTimestamp(value) ? toIsoTime(value) : toProtoJson(value);
}

/** google.protobuf.Timestamp, as it is read. */
export interface ReadTimestamp {
  readonly seconds: unknown;
  readonly nanos: unknown;
}

function isTimestamp(value: object): value is ReadTimestamp {
  const names = Object.keys(value);
  return names.length === 2 && 'seconds' in value && 'nanos' in value;
}

/** ISO 8601 in UTC; empty where there is none. */
export function toIsoTime(time: ReadTimestamp | null | undefined): string {
  if (time === null || time === undefined) return '';
  return new Date(Number(time.seconds) * 1000 + Math.floor(Number(time.nanos) / 1e6)).toISOString();
}
