// For programs that run the server inside themselves.

// For tools that check a package or a machine without a server.
export { describeAccelerator } from './accelerator.js';
export { loadServerConfig, parseServerConfig } from './config/load-server-config.js';
export { type ConfigOverrides, mergeConfig } from './config/merge-config.js';
export { CONFIG_FILE, type RepositoryMode, type ServerConfig } from './config/server-config.js';
export { toServerOptions } from './config/server-options.js';
// For tools that show findings over what was sent, or write them as objects derived from it.
export {
  type DicomSource,
  readDicomSource,
  type SourceFrame,
  type SourcePlane,
} from './dicom-source/read-dicom-source.js';
// For tools that take limits of inputs from training data.
export {
  createInputMeasurer,
  type InputMeasure,
  type InputMeasurer,
  type MeasuredCase,
  STATISTICS,
} from './distribution/input-measurer.js';
export { type HostProbe, probeHost } from './host/probe-host.js';
export type { ModelLimits } from './lifecycle/model-limits.js';
export type { ModelState, ModelVersion } from './lifecycle/model-version.js';
export { type PackageCheck, verifyPackage } from './lifecycle/verify-package.js';
export { createJsonLog, type Log, type LogFields, type LogLevel, silentLog } from './log.js';
export { countFrames } from './pictures/count-frames.js';
export type { Picture, VolumePicture } from './pictures/picture.js';
export { readPicture } from './pictures/read-picture.js';
export { readVolumePicture } from './pictures/read-volume-picture.js';
export { type RuntimeServer, startRuntimeServer } from './server.js';
export type { RepositoryOptions, RuntimeServerOptions } from './server-options.js';
export type { ModelStore } from './store/model-store.js';
export { ENGINE_NAME, RUNTIME_NAME, RUNTIME_VERSION } from './version.js';
// For tools that draft the inputs of a model after an example.
export { describeVolume, type VolumeDescription } from './volumes/decode-files.js';
