// Models and packages for tests, of this product and of what others build on it.

export { type BmpOptions, bmpFile } from './bmp-file.js';
export {
  type DicomElements,
  type DicomImageOptions,
  type DicomValue,
  dicomFile,
  dicomImage,
} from './dicom-file.js';
export { dicomWaveform, type WaveformChannel, type WaveformGroup } from './dicom-waveform.js';
export { bareNode, eddlFile, eddlWeightsFile } from './eddl-models.js';
export { type EdfChannel, type EdfOptions, edfFile } from './edf-file.js';
export { type EnhancedFrame, enhancedFile } from './enhanced-dicom.js';
export { type FuzzOptions, type FuzzOutcome, fuzzInputs, fuzzParser, fuzzTimeoutMs } from './fuzz-parser.js';
export { type FuzzTarget, readTargets } from './fuzz-targets.js';
export { type GraphWeights, graphWeights } from './graph-weights.js';
export { findChromium, openPage, type Page, type PageKey } from './headless-browser.js';
export {
  crashModel,
  crashReference,
  dynamicQuantizeModel,
  loadMemoryBombModel,
  memoryBombModel,
  memoryHungryModel,
  nanModel,
  zipMapModel,
} from './hostile-models.js';
export { liveMemory } from './live-memory.js';
export {
  type Authority,
  authorityOf,
  type CertificateOptions,
  type Identity,
  makeCertificate,
  namesOf,
} from './make-certificate.js';
export { mutateBytes } from './mutate-bytes.js';
export { mutateJson, mutateValue } from './mutate-value.js';
export { type NiftiFileOptions, niftiFile } from './nifti-file.js';
export {
  type AttributeDeclaration,
  buildOnnxModel,
  type GraphDeclaration,
  type InitializerDeclaration,
  type ModelDeclaration,
  type NodeDeclaration,
  type TensorDeclaration,
  type TypedDeclaration,
  tensorType,
  type ValueDeclaration,
} from './onnx-model-builder.js';
export { packElements } from './pack-elements.js';
export { PNG_COLOUR, type PngOptions, pngChunk, pngFile } from './png-file.js';
export { FLAG, FRAME, grpcHeaders, http2Frame, literalHeader, RawHttp2 } from './raw-http2.js';
export { type RuntimeProcess, startRuntimeProcess } from './runtime-process.js';
export { seededRandom, seededValues } from './seeded-random.js';
export { endlessLoopModel, endlessLoopWhenPositive, slowLoadModel, slowModel } from './slow-models.js';
export {
  externalDataModel,
  identityModel,
  type MatMulOptions,
  type MlpOptions,
  matMulModel,
  matMulReference,
  mlpModel,
  mlpReference,
} from './sound-models.js';
export { type RunningSumOptions, runningSumModel, runningSumReference } from './stateful-models.js';
export {
  buildTestPackage,
  type TestGoldenCase,
  type TestPackage,
  type TestPackageOptions,
  type TestPipelineModel,
  type TestTensor,
  writeTestSums,
} from './test-package.js';
export { type TiffPage, tiffFile } from './tiff-file.js';
