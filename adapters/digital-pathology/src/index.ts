// For adapters and hosts: slides, and maps over them.
export type { MapChannel, MapGrid, MapProvenance, SlideMap } from './map/slide-map.js';
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
