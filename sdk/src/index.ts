// For adapters: the face towards the contract, and what an adapter says of itself beside it.
export {
  type BoundModel,
  checkBindings,
  type RuntimeBindingHealth,
  type RuntimeBindingState,
} from './adapter/binding-health.js';
export type {
  AdapterDescription,
  PlatformBinding,
  PlatformCall,
  PlatformCaller,
  PlatformFace,
  PlatformOutput,
} from './adapter/platform-face.js';
export { type ContractFace, type ContractFaceOptions, serveContractFace } from './adapter/serve-contract-face.js';
export { toldToPlatform } from './adapter/told-to-platform.js';
// For programs and adapters: calling a runtime, or an adapter.
export {
  type AdapterClient,
  type AdapterClientOptions,
  createAdapterClient,
  type RunSettings,
} from './client/adapter-client.js';
export { type CallSettings, DEFAULT_MAX_MESSAGE_BYTES } from './client/contract-calls.js';
export { assertContractShared } from './client/contract-handshake.js';
export type { PredictStream } from './client/predict-stream.js';
export {
  createRuntimeClient,
  type RuntimeClient,
  type RuntimeClientOptions,
} from './client/runtime-client.js';
// DICOM objects as results.
export { type DicomElements, elementHead } from './dicom/encode-elements.js';
export {
  algorithmIdentification,
  MANUFACTURER,
  type MakerProvenance,
  modelText,
  ownModules,
  RESEARCH_USE,
} from './dicom/own-modules.js';
export { PATIENT_AND_STUDY_IF_ANY, PATIENT_AND_STUDY_REQUIRED } from './dicom/patient-and-study.js';
export { type CodedClass, codeItem, DICOM_CODES, type SegmentCodes, segmentCodes } from './dicom/segment-codes.js';
export { newUid, writeDicom } from './dicom/write-dicom.js';
// Files of the DeepHealth project's libraries, EDDL and ECVL.
export * from './ecvl/index.js';
export * from './eddl/index.js';
// Errors.
export {
  type CatalogEntry,
  ERROR_CATALOG,
  ERROR_CODES,
  type ErrorCode,
  type ErrorSource,
  isErrorCode,
} from './errors/catalog.js';
export { DeepHealthError, type DeepHealthErrorOptions } from './errors/deephealth-error.js';
export { FileRefusal } from './errors/file-refusal.js';
export { fromGrpcError, type GrpcFailure, toGrpcFailure } from './errors/grpc-status.js';
export { httpStatusOf } from './errors/http-status.js';
// Places in a body.
export { closestSides, nameSides, type Side, sidesOf } from './geometry/anatomical-axes.js';
export { flipConvention, gridAffine } from './geometry/grid-affine.js';
export { readDicomFolder } from './input-files/dicom-folder.js';
export { type DicomSummary, readDicomSummary } from './input-files/dicom-summary.js';
export { readDicomWaveform } from './input-files/dicom-waveform.js';
// Files as inputs.
export { parseEdf } from './input-files/edf.js';
export { annotationList } from './input-files/edf-annotations.js';
export {
  decodeSampledData,
  isObservation,
  readSampledData,
  type SampledValues,
} from './input-files/fhir-sampled-data.js';
export { readInputFile } from './input-files/read-input-file.js';
export type { Annotation, RecordedChannel, Recording } from './input-files/recording.js';
export { type Part, toSignal } from './input-files/recording-signal.js';
export { parseSignalCsv } from './input-files/signal-csv.js';
export { sniffMediaType } from './input-files/sniff-media-type.js';
export { readWfdbSignals } from './input-files/wfdb.js';
export { parseWfdbHeader } from './input-files/wfdb-header.js';
export { readWfdbRecord } from './input-files/wfdb-record.js';
export * from './nifti/index.js';
export * from './onnx/index.js';
// Model packages.
export {
  type BindingProblem,
  parseBindingDocument,
  pointerOf,
  type ReportBindingProblem,
} from './package/binding-document.js';
export {
  CHECKSUMS_FILE,
  formatChecksums,
  isPackagePath,
  parseChecksums,
  SIGNATURE_FILE,
  sha256,
} from './package/checksums.js';
export * from './package/golden.js';
export { goldenTensor, toContractTensor, toNamedInputs } from './package/golden-request.js';
export * from './package/manifest.js';
export { type ComparisonResult, compareTensor } from './package/numeric-policy.js';
export { listPackageFiles, type ModelPackage, type PackagedGraph, readModelPackage } from './package/package-folder.js';
export { parseManifest } from './package/parse-manifest.js';
export { parseVocabulary, type Vocabulary } from './package/parse-vocabulary.js';
export { repeatedKey } from './package/repeated-key.js';
export { type SchemaProblem, schemaProblems, validatorProblems } from './package/schema-validator.js';
export { writeChecksums } from './package/write-checksums.js';
export { seededRandom } from './random/seeded-random.js';
// For servers of the contract.
export { destroyHttp2Sessions, openHttp2Windows } from './server/http2-windows.js';
export { type CallContext, callContext, unaryHandler } from './server/unary-handler.js';
// Tensors.
export { decodeBytesElements, encodeBytesElements } from './tensor/bytes-elements.js';
export { checkBooleans, checkFinite, firstNonFinite } from './tensor/content-check.js';
export {
  DATA_TYPE_NAMES,
  type DataTypeName,
  ELEMENT_SIZE_BYTES,
  fromContractDataType,
  isDataTypeName,
  isFloatingPoint,
  toContractDataType,
} from './tensor/data-type.js';
export { decodeBfloat16, decodeHalf, encodeBfloat16, encodeHalf } from './tensor/half.js';
export { checkByteLength, DEFAULT_MAX_TENSOR_ELEMENTS, elementCount, parseShape } from './tensor/shape.js';
export {
  type NumericDataType,
  type RawTensor,
  type TensorData,
  type TypedArrayOf,
  tensorFromValues,
  tensorValues,
  toBytes,
  toTypedArray,
} from './tensor/tensor.js';
