import { fileURLToPath } from 'node:url';
import { type GrpcObject, loadPackageDefinition, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';
import protobuf from 'protobufjs';
import type { ProtoGrpcType as InferenceTypes } from './generated/grpc_service.js';
import type { ProtoGrpcType as ControlTypes } from './generated/model_control.js';
import type { ProtoGrpcType as RuntimeTypes } from './generated/model_runtime.js';
import type { ProtoGrpcType as AdapterTypes } from './generated/platform_adapter.js';
import { LOADER_OPTIONS } from './loader-options.js';
import { readTextsStrictly } from './strict-reader.js';

readTextsStrictly();

/** Folder of the `.proto` files, as an include path for any protobuf tool. */
export const protoRoot: string = fileURLToPath(new URL('../proto', import.meta.url));

/** Entry files of what a runtime serves, relative to {@link protoRoot}; their imports follow. */
export const RUNTIME_FILES = [
  'deephealth/runtime/v1/model_runtime.proto',
  'deephealth/runtime/v1/model_control.proto',
  'inference/grpc_service.proto',
  'google/rpc/status.proto',
  'google/rpc/error_details.proto',
] as const;

/** Entry files of the whole contract: of runtimes, and of adapters. */
export const CONTRACT_FILES = [...RUNTIME_FILES, 'deephealth/adapter/v1/platform_adapter.proto'] as const;

/** Versions of `deephealth.runtime` that this build speaks, newest first. */
export const CONTRACT_VERSIONS = [{ major: 1, minor: 0 }] as const;

let definition: PackageDefinition | undefined;

/** The package definition of all contract files, for reflection; loaded once. */
export function contractDefinition(): PackageDefinition {
  definition ??= loadSync([...CONTRACT_FILES], { ...LOADER_OPTIONS, includeDirs: [protoRoot] });
  return definition;
}

interface Contract {
  readonly deephealth: RuntimeTypes['deephealth'] & ControlTypes['deephealth'] & AdapterTypes['deephealth'];
  readonly inference: InferenceTypes['inference'];
}
let contract: Contract | undefined;

/** Client constructors and service definitions of all protocols. */
export function loadContract(): Contract {
  contract ??= loadPackageDefinition(contractDefinition()) as GrpcObject as unknown as Contract;
  return contract;
}

/** Service definition of `deephealth.runtime.v1.ModelRuntime`. */
export function modelRuntimeService(): Contract['deephealth']['runtime']['v1']['ModelRuntime']['service'] {
  return loadContract().deephealth.runtime.v1.ModelRuntime.service;
}

/** Service definition of `deephealth.runtime.v1.ModelControl`. */
export function modelControlService(): Contract['deephealth']['runtime']['v1']['ModelControl']['service'] {
  return loadContract().deephealth.runtime.v1.ModelControl.service;
}

/** Service definition of `inference.GRPCInferenceService`. */
export function inferenceService(): Contract['inference']['GRPCInferenceService']['service'] {
  return loadContract().inference.GRPCInferenceService.service;
}

/** Service definition of `deephealth.adapter.v1.PlatformAdapter`. */
export function platformAdapterService(): Contract['deephealth']['adapter']['v1']['PlatformAdapter']['service'] {
  return loadContract().deephealth.adapter.v1.PlatformAdapter.service;
}

/** All services, for tools that walk them. */
export function contractServices(): ServiceDefinition[] {
  return [
    modelRuntimeService(),
    modelControlService(),
    inferenceService(),
    platformAdapterService(),
  ] as unknown as ServiceDefinition[];
}

let root: protobuf.Root | undefined;

/** protobufjs reflection of the contract, with comments where the parser keeps them. */
export function contractRoot(): protobuf.Root {
  if (root === undefined) {
    const loading = new protobuf.Root();
    const bundled = loading.resolvePath.bind(loading);
    loading.resolvePath = (origin, target) =>
      protobuf.common.get(target) === null ? `${protoRoot}/${target}` : (bundled(origin, target) ?? target);
    for (const file of CONTRACT_FILES) loading.loadSync(file, { alternateCommentMode: true, keepCase: false });
    loading.resolveAll();
    root = loading;
  }
  return root;
}
