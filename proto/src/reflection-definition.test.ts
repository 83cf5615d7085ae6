import type protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import { describe, expect, it } from 'vitest';
import { reflectionDefinition } from './reflection-definition.js';

interface Field {
  name: string;
  typeName?: string;
  jsonName: string;
  proto3Optional?: boolean;
}
interface Message {
  name: string;
  field: Field[];
  nestedType: Message[];
}
interface File {
  name: string;
  dependency: string[];
  messageType: Message[];
  service: { method: { inputType: string; outputType: string }[] }[];
}

const holder = Object.values(reflectionDefinition()).find((entry) => Array.isArray(entry.fileDescriptorProtos));
const { FileDescriptorProto } = descriptor as unknown as { FileDescriptorProto: protobuf.Type };
const files = ((holder?.fileDescriptorProtos ?? []) as Buffer[]).map(
  (bytes) => FileDescriptorProto.decode(bytes) as unknown as File,
);
// proto-loader makes one file of each package.
const contract = files.find(({ messageType }) => messageType.some((m) => m.name === 'PredictRequest')) as File;
const message = (name: string) => contract.messageType.find((m) => m.name === name) as Message;
const allFields = (messages: Message[]): Field[] => messages.flatMap((m) => [...m.field, ...allFields(m.nestedType)]);

describe('the descriptors for reflection', () => {
  it('name every type absolutely', () => {
    const fields = files.flatMap((f) => allFields(f.messageType)).filter((field) => field.typeName);
    expect(fields.length).toBeGreaterThan(100);
    expect(fields.filter((field) => !field.typeName?.startsWith('.'))).toEqual([]);
    const methods = files.flatMap((f) => f.service.flatMap((s) => s.method));
    expect(methods.length).toBeGreaterThan(20);
    expect(methods.filter((m) => !m.inputType.startsWith('.') || !m.outputType.startsWith('.'))).toEqual([]);
  });

  it('describe what a runtime serves, and not what only adapters do', () => {
    const names = Object.keys(reflectionDefinition());
    expect(names).toContain('deephealth.runtime.v1.ModelRuntime');
    expect(names.filter((name) => name.startsWith('deephealth.adapter'))).toEqual([]);
  });

  it('state which files a file needs', () => {
    expect([...contract.dependency].sort()).toEqual(['google_protobuf.proto']);
  });

  it('have field names as in the proto files, JSON names beside them, and optional fields marked', () => {
    const fields = message('ClassProbability').field;
    expect(fields.map((f) => [f.name, f.proto3Optional ?? false])).toContainEqual(['threshold', true]);
    const request = message('PredictRequest').field;
    expect(request.map((f) => [f.name, f.jsonName])).toContainEqual([
      'expected_package_sha256',
      'expectedPackageSha256',
    ]);
  });

  it('name map entries as protoc does', () => {
    const status = message('ItemStatus');
    expect(status.nestedType.map((m) => m.name)).toEqual(['MetadataEntry']);
    expect(status.field.find((f) => f.name === 'metadata')?.typeName).toBe(
      '.deephealth.runtime.v1.ItemStatus.MetadataEntry',
    );
  });
});
