import {
  type AnyDefinition,
  type EnumTypeDefinition,
  loadSync,
  type MessageTypeDefinition,
  type PackageDefinition,
} from '@grpc/proto-loader';
import protobuf from 'protobufjs';
// The file extension matters: the package has no exports map.
import descriptor from 'protobufjs/ext/descriptor/index.js';
import { protoRoot, RUNTIME_FILES } from './load-contract.js';
import { LOADER_OPTIONS } from './loader-options.js';

// Of google.protobuf.FileDescriptorProto and its parts, what has to be mended.
interface FieldDescriptor {
  name: string;
  typeName?: string;
  jsonName?: string;
  oneofIndex?: number;
  proto3Optional?: boolean;
}
interface MessageDescriptor {
  name: string;
  field: FieldDescriptor[];
  nestedType: MessageDescriptor[];
  enumType: { name: string }[];
  oneofDecl: { name: string }[];
  options?: { mapEntry?: boolean } | null;
}
interface FileDescriptor {
  name: string;
  package: string;
  dependency: string[];
  messageType: MessageDescriptor[];
  enumType: { name: string }[];
  service: { method: { inputType: string; outputType: string }[] }[];
}

const { FileDescriptorProto, FieldDescriptorProto } = descriptor as unknown as Record<string, protobuf.Type>;

/**
 * What a runtime serves of the contract, as server reflection must describe it to tools of other languages.
 *
 * The descriptors that proto-loader makes with protobufjs 7 serve grpc-js and nobody else: they have
 * no dependencies, relative type names, map entries under other names, and neither `json_name` nor
 * `proto3_optional` (google/protobuf/descriptor.proto). They are decoded, completed and put back.
 *
 * @param otherFiles Paths of proto files of other services that the server offers
 */
export function reflectionDefinition(otherFiles: readonly string[] = []): PackageDefinition {
  const options = { ...LOADER_OPTIONS, keepCase: true, includeDirs: [protoRoot] };
  const definition = loadSync([...RUNTIME_FILES, ...otherFiles], options);
  const holders = Object.values(definition).filter(hasFiles);
  const files = (holders[0]?.fileDescriptorProtos ?? []).map(decodeFile);
  const owners = new Map<string, FileDescriptor>();
  for (const file of files) recordOwners(owners, file, file.package, file);
  for (const file of files) completeFile(owners, file);
  const completed = files.map((file) => Buffer.from(type(FileDescriptorProto).encode(file).finish()));
  for (const holder of holders) holder.fileDescriptorProtos = completed;
  return definition;
}

/** Entries of messages and enums carry the files; entries of services do not. */
function hasFiles(entry: AnyDefinition): entry is MessageTypeDefinition<object, object> | EnumTypeDefinition {
  return Array.isArray(entry.fileDescriptorProtos);
}

function type(found: protobuf.Type | undefined): protobuf.Type {
  if (found === undefined) throw new Error('protobufjs has no descriptor types');
  return found;
}

function decodeFile(bytes: Uint8Array): FileDescriptor {
  const field = type(FieldDescriptorProto);
  // protobufjs 7 does not know the field, which descriptor.proto has had since 3.12.
  if (field.fields.proto3Optional === undefined) {
    field.add(new protobuf.Field('proto3Optional', 17, 'bool'));
    field.setup();
  }
  return type(FileDescriptorProto).decode(bytes) as unknown as FileDescriptor;
}

/** Which file declares each message and enum, by full name. */
function recordOwners(
  owners: Map<string, FileDescriptor>,
  file: FileDescriptor,
  scope: string,
  part: { messageType?: MessageDescriptor[]; nestedType?: MessageDescriptor[]; enumType: { name: string }[] },
): void {
  for (const { name } of part.enumType) owners.set(`${scope}.${name}`, file);
  for (const message of part.messageType ?? part.nestedType ?? []) {
    owners.set(`${scope}.${message.name}`, file);
    recordOwners(owners, file, `${scope}.${message.name}`, message);
  }
}

function completeFile(owners: ReadonlyMap<string, FileDescriptor>, file: FileDescriptor): void {
  const dependencies = new Set<string>();
  const absolute = (name: string, scope: string): string => {
    const full = resolveName(owners, name, scope);
    const owner = owners.get(full);
    if (owner !== undefined && owner !== file) dependencies.add(owner.name);
    return `.${full}`;
  };
  for (const message of file.messageType) completeMessage(message, `${file.package}.${message.name}`, absolute);
  for (const method of file.service.flatMap((service) => service.method)) {
    method.inputType = absolute(method.inputType, file.package);
    method.outputType = absolute(method.outputType, file.package);
  }
  file.dependency = [...dependencies];
}

/** Innermost scope first, as protobuf resolves names. */
function resolveName(owners: ReadonlyMap<string, FileDescriptor>, name: string, scope: string): string {
  if (name.startsWith('.')) return name.slice(1);
  for (let outer = scope; ; outer = outer.slice(0, Math.max(0, outer.lastIndexOf('.')))) {
    const full = outer === '' ? name : `${outer}.${name}`;
    if (owners.has(full)) return full;
    if (outer === '') throw new Error(`the contract names ${name} in ${scope}, which no file declares`);
  }
}

function completeMessage(
  message: MessageDescriptor,
  fullName: string,
  absolute: (name: string, scope: string) => string,
): void {
  for (const field of message.field) {
    field.jsonName = field.name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    if (field.typeName) field.typeName = absolute(field.typeName, fullName);
    // An optional scalar is a oneof of its own, named after it with an underscore.
    const isInOneof = Object.hasOwn(field, 'oneofIndex');
    const oneof = isInOneof ? message.oneofDecl[field.oneofIndex as number] : undefined;
    if (oneof?.name === `_${field.name}`) field.proto3Optional = true;
  }
  for (const nested of message.nestedType) {
    completeMessage(nested, `${fullName}.${nested.name}`, absolute);
    if (nested.options?.mapEntry) renameMapEntry(message, nested, fullName);
  }
}

/** protoc derives the name of a map's entry from its field; tools look it up by that name. */
function renameMapEntry(message: MessageDescriptor, entry: MessageDescriptor, fullName: string): void {
  const field = message.field.find((candidate) => candidate.typeName === `.${fullName}.${entry.name}`);
  if (field === undefined) return;
  entry.name = `${field.name.replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())}Entry`;
  field.typeName = `.${fullName}.${entry.name}`;
}
