// For adapters and hosts: slides, and maps over them.
export { type OpenSlideStatus, openSlideLibrary } from '@deephealth/native';
export type { MapChannel, MapGrid, MapProvenance, SlideMap } from './map/slide-map.js';
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
