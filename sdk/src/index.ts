// Who calls a server, and what they may do.
export {
  type AccessGate,
  type AccessGateOptions,
  type Credentials,
  createAccessGate,
  type PresentedCertificate,
} from './access/access-gate.js';
export {
  type AccessOptions,
  type CertificateCallerOptions,
  TOKEN_ALGORITHMS,
  type TokenAlgorithm,
  type TokenIssuerOptions,
} from './access/access-options.js';
export { RefusedCaller } from './access/access-refusal.js';
export { ANONYMOUS, type Authentication, type Caller, ROLES, type Role } from './access/caller.js';
export { MODEL_RUNTIME_ACCESS, methodAccess, PLATFORM_ADAPTER_ACCESS } from './access/contract-access.js';
export { fetchKeySet } from './access/fetch-key-set.js';
export { callerOf, grpcAccess, type MethodAccess } from './access/grpc-access.js';
export { type HttpAccessOptions, httpAccess, httpCallerOf, httpCredentials } from './access/http-access.js';
export { keyDigest, readKeyFile, SHORTEST_KEY_LENGTH } from './access/key-file.js';
export { parseKeySet } from './access/key-set.js';
export {
  fixedKeySource,
  KeyLookupFailure,
  type KeySource,
  loadedKeySource,
  readKeySetFile,
} from './access/key-source.js';
export { assertPermitted, maySeeModel, PERMISSION_NAMES, type Permission, rolesWith } from './access/permissions.js';
export { openReplayMemory, type ReplayMemory, replayFileIn } from './access/replay-memory.js';
export { assertProtected, type ServerSecurity } from './access/server-security.js';
export { ServerTls, type ServerTlsOptions } from './access/server-tls.js';
export { WatchedFile } from './access/watched-file.js';
// For adapters: both faces, and what stands between them.
export { type AskLimits, askModel, isRuntimeReady, type ModelAnswer } from './adapter/ask-model.js';
export {
  type BoundModel,
  checkBindings,
  type RuntimeBindingHealth,
  type RuntimeBindingState,
} from './adapter/binding-health.js';
export { type DeliveryLimits, deliverUntilTaken } from './adapter/deliver-until-taken.js';
export { bearerToken, jsonBody, jsonOf } from './adapter/face-body.js';
export {
  type FaceAnswer,
  type FaceRequest,
  type HttpFace,
  type HttpFaceOptions,
  serveHttpFace,
} from './adapter/http-face.js';
export { type Job, JobRegister, type JobRegisterOptions, type JobState } from './adapter/job-register.js';
export { type BindingForm, ModelBindings } from './adapter/model-bindings.js';
export {
  type AdapterDescription,
  PLATFORM_AUTHORIZATION,
  type PlatformBinding,
  type PlatformCall,
  type PlatformCaller,
  type PlatformFace,
  type PlatformOutput,
} from './adapter/platform-face.js';
export {
  type ServeAdapterOptions,
  type ServedAdapter,
  serveAdapter,
  stopAtSignal,
} from './adapter/serve-adapter.js';
export { type ContractFace, type ContractFaceOptions, serveContractFace } from './adapter/serve-contract-face.js';
export { toldToPlatform } from './adapter/told-to-platform.js';
// For programs and adapters: calling a runtime, or an adapter.
export {
  type AdapterClient,
  type AdapterClientOptions,
  createAdapterClient,
  type RunSettings,
} from './client/adapter-client.js';
export { type ClientTlsOptions, createClientTls } from './client/client-tls.js';
export { type ClientToken, tokenMetadata } from './client/client-token.js';
export { type CallSettings, DEFAULT_MAX_MESSAGE_BYTES } from './client/contract-calls.js';
export { assertContractShared } from './client/contract-handshake.js';
export { type ControlClient, type ControlClientOptions, createControlClient } from './client/control-client.js';
export {
  createHealthClient,
  type HealthClient,
  type HealthClientOptions,
  type ServingStatus,
} from './client/health-client.js';
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
// How good a model is on samples whose truth is known.
export * from './evaluation/index.js';
// Places in a body.
export { closestSides, nameSides, type Side, sidesOf } from './geometry/anatomical-axes.js';
export { flipConvention, gridAffine } from './geometry/grid-affine.js';
export { middleSlices, type ShownSlice, type SlicedValues } from './geometry/middle-slices.js';
// For servers over HTTP.
export { bodyBytes, bodyRefusal } from './http/body-refusal.js';
export { failureHeaders } from './http/failure-headers.js';
export { type BoundedAnswer, type BoundedFetch, fetchBounded, listedUrl } from './http/fetch-bounded.js';
export { hostAndPort, isLoopback, listenFailure } from './http/listening-place.js';
export { PRIVATE_HEADERS } from './http/private-headers.js';
export { isForeignPage, isOwnName } from './http/request-origin.js';
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
export { type ChosenPart, readInputBytes, readInputFile } from './input-files/read-input-file.js';
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
export { packageFileReader } from './package/package-file-reader.js';
export { listPackageFiles, type ModelPackage, type PackagedGraph, readModelPackage } from './package/package-folder.js';
export { parseManifest } from './package/parse-manifest.js';
export { parseVocabulary, type Vocabulary } from './package/parse-vocabulary.js';
export { repeatedKey } from './package/repeated-key.js';
export { type SchemaProblem, schemaProblems, validatorProblems } from './package/schema-validator.js';
export { writeChecksums } from './package/write-checksums.js';
export { seededRandom } from './random/seeded-random.js';
// For servers of the contract.
export { bindGrpcServer, createGrpcServer, type GrpcServerOptions } from './server/grpc-server.js';
export { DEFAULT_HTTP2_LIMITS, type Http2Limits } from './server/http2-limits.js';
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
// Text.
export { csvLine } from './text/csv-line.js';
// Who vouches for a package.
export {
  type JudgedSignature,
  judgePackage,
  type PackageEvidence,
  type PackageVerdict,
  readPackageEvidence,
  type SignatureState,
  type TrustPolicy,
  verifyPackageSignature,
} from './trust/judge-package.js';
export {
  keyIdOf,
  newSigningKey,
  readPrivateKey,
  readPublicKey,
  type SigningKey,
  writePrivateKey,
  writePublicKey,
} from './trust/key-files.js';
export { type PackageSignature, type PackageSignatures, parsePackageSignatures } from './trust/package-signature.js';
export { signPackage } from './trust/sign-package.js';
export { readTrustedKeys, type TrustedKey, type TrustedKeys } from './trust/trusted-keys.js';
