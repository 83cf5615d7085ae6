// For adapters and hosts: packages for slides.
// For adapters and hosts: slides, and maps over them.
export { type OpenSlideStatus, openSlideLibrary } from '@deephealth/native';
export type { DigitalPathologyBinding, SlideAnalysis, StainReference } from './bindings/digital-pathology-binding.js';
export { BINDING_FILE as DIGITAL_PATHOLOGY_BINDING, parseBinding } from './bindings/parse-binding.js';
export { analysisOf, readSlidePackage, type SlidePackage } from './bindings/read-slide-package.js';
// CRS4's workflow.
export { type FixedBatchOptions, fixedBatch } from './crs4/fixed-batch.js';
export { LEAST_FILTER_SHARE, readCrs4Coverage } from './crs4/read-crs4-coverage.js';
// EMPAIA's App API.
export type { EmpaiaConnection } from './empaia/app-api.js';
export { createEad, type EadOptions } from './empaia/create-ead.js';
export { empaiaConnection, withEmpaiaJob } from './empaia/empaia-job.js';
export { defaultNamespace as defaultEmpaiaNamespace } from './empaia/job-terms.js';
export { type EmpaiaJobOptions, type EmpaiaJobResult, runEmpaiaJob } from './empaia/run-empaia-job.js';
// For adapters and hosts: slides, and maps over them.
export type { MapChannel, MapGrid, MapProvenance, SlideMap } from './map/slide-map.js';
export { type ClassArea, classAreas } from './outputs/class-areas.js';
// What maps are written as.
export { applyCrs4Filter, type Crs4Filter, parseCrs4Filter } from './outputs/crs4/crs4-filter.js';
export { type Crs4Shape, crs4Shapes } from './outputs/crs4/crs4-shapes.js';
export { type Crs4Array, readCrs4Array } from './outputs/crs4/read-crs4-array.js';
export {
  type Crs4RoisOptions,
  type Crs4ShapesOptions,
  writeCrs4Rois,
  writeCrs4Shapes,
} from './outputs/crs4/write-crs4-shapes.js';
export { type Crs4ZarrOptions, writeCrs4Zarr } from './outputs/crs4/write-crs4-zarr.js';
export { type AnnotationsOptions, writeAnnotations } from './outputs/dicom/write-annotations.js';
export { type ReportOptions, writeReport } from './outputs/dicom/write-report.js';
export { type SegmentationOptions, writeSegmentation } from './outputs/dicom/write-segmentation.js';
export { type GeoJsonOptions, writeGeoJson } from './outputs/geojson/write-geojson.js';
export type { OutputOptions } from './outputs/output-file.js';
export { type HeatMapOptions, writeHeatMap } from './outputs/picture/write-heat-map.js';
export { type OverlayOptions, type Thumbnail, writeOverlay } from './outputs/picture/write-overlay.js';
export { type CsvOptions, writeCsv } from './outputs/write-csv.js';
export { type CrateFile, writeRunCrate } from './outputs/write-run-crate.js';
export { type OmeZarrOptions, writeOmeZarrLabels } from './outputs/zarr/write-ome-zarr.js';
export { planTiles, type TilePlan, type TileSettings, tileCentre, tileRegion } from './plan/tile-plan.js';
// Where results are sent.
export type { HttpSettings } from './platforms/http-exchange.js';
export { createPromortClient, type PromortClient } from './platforms/promort-client.js';
export {
  type PromortPrediction,
  type PromortPredictionType,
  type PromortProvenance,
  promortProvenance,
} from './platforms/promort-prediction.js';
export type { PromortOptions } from './platforms/promort-session.js';
export {
  type OmeroRegistration,
  type RegisteredDataset,
  registerOmeroDataset,
} from './platforms/register-omero-dataset.js';
export { type StoredInstance, type StoreOptions, storeInstances } from './platforms/store-instances.js';
export { formatsFor, type PredictToFolderOptions, predictToFolder } from './results/predict-to-folder.js';
export { SLIDE_FORMATS } from './results/slide-formats.js';
export type { ClassOnSlide, SlideReport } from './results/slide-report.js';
export { type TileEncoder, tileEncoder } from './run/encode-tile.js';
export {
  type PredictSlideOptions,
  predictSlide,
  removeRun,
  type SlideModel,
  type SlideProgress,
  type SlideResult,
} from './run/predict-slide.js';
// For hosts: the service.
export {
  createDigitalPathologyAdapter,
  type DigitalPathologyAdapter,
  type DigitalPathologyOptions,
} from './service/pathology-adapter.js';
export { type DicomWebSlideOptions, openDicomWebSlide } from './slide/dicomweb/open-dicomweb-slide.js';
export { type OpenSlideOptions, openSlide } from './slide/open-slide.js';
export type {
  DicomSlideInstance,
  DicomSlideSource,
  MicronsPerPixel,
  PixelRectangle,
  RegionRequest,
  Slide,
  SlideGeometry,
  SlideLevel,
} from './slide/slide.js';
export type { GivenMicronsPerPixel } from './slide/slide-scale.js';
export { type Coverage, type CoverageGrid, createCoverage } from './tissue/coverage.js';
export { findTissue, readOverview, type TissueOverview } from './tissue/otsu-tissue.js';
// For hosts: a page to look at slides and maps.
export { type SlideViewer, type SlideViewerOptions, startSlideViewer } from './viewer/slide-viewer.js';
