import { contractRoot, type runtimeV1 } from '@deephealth/proto';

type Fields = Record<string, unknown>;
type MessageType = ReturnType<ReturnType<typeof contractRoot>['lookupType']>;

let responseType: MessageType | undefined;

/** Findings as a PredictResponse that holds nothing else: no field that has its default is written. */
export function encodeCanonically(findings: readonly runtimeV1.Finding[]): Buffer {
  responseType ??= contractRoot().lookupType('deephealth.runtime.v1.PredictResponse');
  const message = responseType.fromObject({ findings: [...findings] });
  dropDefaults(message as unknown as Fields, responseType);
  return Buffer.from(responseType.encode(message).finish());
}

/** protobufjs writes a default that was stated; other libraries cannot, as they do not know that it was. */
function dropDefaults(message: Fields, type: MessageType): void {
  for (const field of type.fieldsArray) {
    field.resolve();
    const value = message[field.name];
    if (value === undefined || value === null) continue;
    const nested = isMessageType(field.resolvedType) ? field.resolvedType : undefined;
    if (nested !== undefined) {
      for (const one of field.repeated ? (value as Fields[]) : [value as Fields]) dropDefaults(one, nested);
    } else if (!field.repeated && !field.partOf && isDefault(value)) {
      delete message[field.name];
    }
  }
}

function isMessageType(type: unknown): type is MessageType {
  return typeof type === 'object' && type !== null && 'fieldsArray' in type;
}

/** Minus zero is none. */
function isDefault(value: unknown): boolean {
  if (typeof value === 'number') return Object.is(value, 0);
  if (value === '' || value === false) return true;
  if (value instanceof Uint8Array) return value.length === 0;
  return typeof value === 'object' && value !== null && 'low' in value && 'high' in value && Number(value) === 0;
}
