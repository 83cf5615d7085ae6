export type * as adapterV1 from './generated/adapter-v1.js';
export type * as inferenceV2 from './generated/inference-v2.js';
export type * as runtimeV1 from './generated/runtime-v1.js';
export {
  CONTRACT_FILES,
  CONTRACT_VERSIONS,
  contractDefinition,
  contractRoot,
  contractServices,
  inferenceService,
  loadContract,
  modelControlService,
  modelRuntimeService,
  platformAdapterService,
  protoRoot,
  RUNTIME_FILES,
} from './load-contract.js';
export { LOADER_OPTIONS } from './loader-options.js';
export { reflectionDefinition } from './reflection-definition.js';
export { contractRequirements, type Requirement } from './requirements.js';
export { decodeStatusDetails, encodeStatusDetails, type StatusDetails } from './status-details.js';
export { describeContract, type WireDescription, wireBreaks } from './wire-description.js';
