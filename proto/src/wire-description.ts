import protobuf from 'protobufjs';
import { contractRoot } from './load-contract.js';

/** What of the contract is visible on the wire or to generated code, as plain sorted data. */
export interface WireDescription {
  /** "pkg.Message.field" to "number label type [oneof]". */
  readonly fields: Readonly<Record<string, string>>;
  /** "pkg.Enum.VALUE" to its number. */
  readonly enumValues: Readonly<Record<string, string>>;
  /** "pkg.Service.Method" to "request -> response", with "stream" where it streams. */
  readonly methods: Readonly<Record<string, string>>;
  /** "pkg.Message" to reserved numbers and names. */
  readonly reserved: Readonly<Record<string, string>>;
}

const OURS = /^\.(deephealth|inference|google\.rpc)\./;

/** Describes the contract as loaded, for comparison with the baseline of a released minor version. */
export function describeContract(): WireDescription {
  const fields: Record<string, string> = {};
  const enumValues: Record<string, string> = {};
  const methods: Record<string, string> = {};
  const reserved: Record<string, string> = {};

  const visit = (object: protobuf.ReflectionObject): void => {
    const name = object.fullName.slice(1);
    if (OURS.test(`${object.fullName}.`)) {
      if (object instanceof protobuf.Enum) {
        for (const [value, number] of Object.entries(object.values)) enumValues[`${name}.${value}`] = String(number);
      } else if (object instanceof protobuf.Type) {
        for (const field of object.fieldsArray) fields[`${name}.${field.name}`] = describeField(field);
        if (object.reserved?.length) reserved[name] = JSON.stringify(object.reserved);
      } else if (object instanceof protobuf.Service) {
        for (const method of object.methodsArray) methods[`${name}.${method.name}`] = describeMethod(method);
      }
    }
    if (object instanceof protobuf.Namespace) for (const child of object.nestedArray) visit(child);
  };
  visit(contractRoot());
  return {
    fields: sorted(fields),
    enumValues: sorted(enumValues),
    methods: sorted(methods),
    reserved: sorted(reserved),
  };
}

function describeField(field: protobuf.Field): string {
  const type = field.resolvedType ? field.resolvedType.fullName.slice(1) : field.type;
  if (field instanceof protobuf.MapField) return `${field.id} map<${field.keyType}, ${type}>`;
  const proto3Optional = field.options?.proto3_optional === true;
  const label = field.repeated ? 'repeated ' : proto3Optional ? 'optional ' : '';
  const oneof = field.partOf && !proto3Optional ? ` oneof ${field.partOf.name}` : '';
  return `${field.id} ${label}${type}${oneof}`;
}

function describeMethod(method: protobuf.Method): string {
  const request = method.resolvedRequestType?.fullName.slice(1) ?? method.requestType;
  const response = method.resolvedResponseType?.fullName.slice(1) ?? method.responseType;
  return `${method.requestStream ? 'stream ' : ''}${request} -> ${method.responseStream ? 'stream ' : ''}${response}`;
}

function sorted(record: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Changes between two descriptions that break a peer built from the older one: anything removed
 * (unless its number and name are reserved) or described differently. Additions break nobody.
 */
export function wireBreaks(older: WireDescription, newer: WireDescription): string[] {
  const breaks: string[] = [];
  for (const kind of ['fields', 'enumValues', 'methods'] as const) {
    for (const [name, was] of Object.entries(older[kind])) {
      const is = newer[kind][name];
      if (is === was) continue;
      if (is === undefined && kind === 'fields' && isReserved(name, was, newer)) continue;
      breaks.push(is === undefined ? `${name} (${was}) was removed` : `${name} was ${was}, is ${is}`);
    }
  }
  return breaks;
}

function isReserved(field: string, was: string, newer: WireDescription): boolean {
  const dot = field.lastIndexOf('.');
  const reserved = JSON.parse(newer.reserved[field.slice(0, dot)] ?? '[]') as (string | number[])[];
  const number = Number.parseInt(was, 10);
  const byName = reserved.includes(field.slice(dot + 1));
  const byNumber = reserved.some((r) => Array.isArray(r) && number >= (r[0] ?? 0) && number <= (r[1] ?? -1));
  return byName && byNumber;
}
