// For adapters and hosts: packages for slides.
export type { DigitalPathologyBinding, SlideAnalysis, StainReference } from './bindings/digital-pathology-binding.js';
export { BINDING_FILE, parseBinding } from './bindings/parse-binding.js';
export { analysisOf, readSlidePackage, type SlidePackage } from './bindings/read-slide-package.js';
// For adapters and hosts: slides, and maps over them.
export type { MapChannel, MapGrid, MapProvenance, SlideMap } from './map/slide-map.js';
export { planTiles, type TilePlan, type TileSettings } from './plan/tile-plan.js';
export {
  type PredictSlideOptions,
  predictSlide,
  removeRun,
  type SlideModel,
  type SlideProgress,
  type SlideResult,
} from './run/predict-slide.js';
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
export { type Coverage, type CoverageGrid, createCoverage } from './tissue/coverage.js';
export { findTissue, type TissueOverview } from './tissue/otsu-tissue.js';
export type { GivenMicronsPerPixel } from './slide/slide-scale.js';
