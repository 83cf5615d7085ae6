// For adapters and hosts: packages for slides.
export type { DigitalPathologyBinding, SlideAnalysis, StainReference } from './bindings/digital-pathology-binding.js';
export { BINDING_FILE as DIGITAL_PATHOLOGY_BINDING, parseBinding } from './bindings/parse-binding.js';
export { analysisOf, readSlidePackage, type SlidePackage } from './bindings/read-slide-package.js';
// For adapters and hosts: slides, and maps over them.
export type { MapChannel, MapGrid, MapProvenance, SlideMap } from './map/slide-map.js';
// What maps are written as.
export { type Crs4ZarrOptions, writeCrs4Zarr } from './outputs/crs4/write-crs4-zarr.js';
export { type GeoJsonOptions, writeGeoJson } from './outputs/geojson/write-geojson.js';
export type { OutputOptions } from './outputs/output-file.js';
export { type HeatMapOptions, writeHeatMap } from './outputs/picture/write-heat-map.js';
export { type OverlayOptions, type Thumbnail, writeOverlay } from './outputs/picture/write-overlay.js';
export { type CsvOptions, writeCsv } from './outputs/write-csv.js';
export { planTiles, type TilePlan, type TileSettings } from './plan/tile-plan.js';
export { formatsFor, type PredictToFolderOptions, predictToFolder } from './results/predict-to-folder.js';
export { SLIDE_FORMATS } from './results/slide-formats.js';
export type { ClassOnSlide, SlideReport } from './results/slide-report.js';
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
