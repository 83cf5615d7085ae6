import type OpenSeadragonTypes from 'openseadragon';
import { element } from './elements.js';
import { createPlacement, type Placement } from './placement.js';
import type { Rectangle, ViewedSlide } from './view.js';

// The library is loaded before this script, as a file of its own.
const { OpenSeadragon } = globalThis as unknown as { OpenSeadragon: typeof OpenSeadragonTypes };

/** The slide, which is zoomed and moved. */
export interface SlideStage {
  placement(): Placement;
  /** Asks for a new drawing of what lies over the slide. */
  redraw(): void;
  show(part: Rectangle): void;
}

export interface StageEvents {
  /** Each time that the slide is drawn. True if what lies over it is there already. */
  onDraw(): boolean;
  /** Where the pointer is, or the middle for the keyboard, in pixels of level 0; undefined when it has left. */
  onPoint(point: { x: number; y: number } | undefined): void;
  onTileFailed(): void;
}

/** Keys by which the library would turn or mirror the slide: overlay and scale bar are of an upright one. */
const TURNING_KEYS = new Set(['r', 'R', 'f', 'F']);
/** A pixel of the slide is shown as at most so many of the screen. */
const MOST_ENLARGED = 8;
/** Around a region that is gone to, at least this much is seen: cells lie in tissue. */
const LEAST_SEEN_UM = 150;

export function createSlideStage(slide: ViewedSlide, overlay: HTMLCanvasElement, events: StageEvents): SlideStage {
  withoutInlineStyle();
  const { size, overlap, bottomLevel, topLevel } = slide.tiles;
  const viewer = OpenSeadragon({
    element: element('slide'),
    tileSources: {
      ...{ width: slide.width, height: slide.height },
      ...{ tileSize: size, tileOverlap: overlap, minLevel: bottomLevel, maxLevel: topLevel },
      getTileUrl: (level: number, column: number, row: number) => `slide_files/${level}/${column}_${row}.jpeg`,
    } as never,
    // It draws the same everywhere, and pictures of a page can be compared.
    drawer: 'canvas',
    showNavigationControl: false,
    showNavigator: true,
    navigatorPosition: 'TOP_RIGHT',
    navigatorSizeRatio: 0.17,
    navigatorAutoFade: false,
    navigatorOpacity: 1,
    navigatorBackground: '#fff',
    navigatorBorderColor: '#8a94a3',
    navigatorDisplayRegionColor: '#14539a',
    animationTime: 0.4,
    springStiffness: 8,
    maxZoomPixelRatio: MOST_ENLARGED,
    minZoomImageRatio: 0.6,
    visibilityRatio: 0.3,
    gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
    imageLoaderLimit: 6,
    tileRetryMax: 2,
    tileRetryDelay: 1500,
    maxImageCacheCount: 300,
  } as OpenSeadragonTypes.Options);
  viewer.canvas.append(overlay);
  viewer.canvas.setAttribute('role', 'application');
  viewer.canvas.setAttribute('aria-label', 'Slide: arrows move it, plus and minus zoom, 0 shows it whole');
  let isMoving = false;
  let isOverlaid = true;
  viewer.addHandler('update-viewport', () => {
    isOverlaid = events.onDraw();
    showBusy();
  });
  viewer.addHandler('animation-start', () => {
    isMoving = true;
  });
  viewer.addHandler('animation-finish', () => {
    isMoving = false;
    showBusy();
    pointAtMiddle();
  });
  viewer.world.addHandler('add-item', ({ item }) => item.addHandler('fully-loaded-change', showBusy));
  viewer.addHandler('tile-load-failed', () => events.onTileFailed());
  viewer.addHandler('canvas-key', (event) => {
    const key = (event.originalEvent as unknown as KeyboardEvent).key;
    if (TURNING_KEYS.has(key)) (event as { preventDefaultAction?: boolean }).preventDefaultAction = true;
  });
  element('zoom-in').addEventListener('click', () => zoomBy(1.6));
  element('zoom-out').addEventListener('click', () => zoomBy(1 / 1.6));
  element('whole').addEventListener('click', () => {
    viewer.viewport.goHome();
    redraw();
  });
  // Who moves the slide with the keyboard reads what is in its middle.
  let isPointing = false;
  const usesKeyboard = () => !isPointing && document.activeElement === viewer.canvas;
  function pointAtMiddle(): void {
    element('middle').hidden = !usesKeyboard();
    if (!usesKeyboard()) return;
    const { x, y } = viewer.viewport.getContainerSize();
    events.onPoint(toSlide(x / 2, y / 2));
  }
  viewer.canvas.addEventListener('keyup', pointAtMiddle);
  viewer.canvas.addEventListener('blur', () => {
    element('middle').hidden = true;
  });
  viewer.container.addEventListener('pointermove', (event) => {
    isPointing = true;
    element('middle').hidden = true;
    const box = viewer.container.getBoundingClientRect();
    events.onPoint(toSlide(event.clientX - box.left, event.clientY - box.top));
  });
  viewer.container.addEventListener('pointerleave', () => {
    isPointing = false;
    events.onPoint(undefined);
  });

  function zoomBy(factor: number): void {
    viewer.viewport.zoomBy(factor);
    viewer.viewport.applyConstraints();
    redraw();
  }

  function redraw(): void {
    element('stage').setAttribute('aria-busy', 'true');
    viewer.forceRedraw();
  }

  /** Whether something of what is seen is still to come, for those who do not see it. */
  function showBusy(): void {
    const isLoaded = viewer.world.getItemAt(0)?.getFullyLoaded() ?? false;
    element('stage').setAttribute('aria-busy', String(isMoving || !isOverlaid || !isLoaded));
  }

  function toSlide(x: number, y: number): { x: number; y: number } {
    const { part, scale, ratio } = placement();
    return { x: part.x + (x * ratio) / scale, y: part.y + (y * ratio) / scale };
  }

  function placement(): Placement {
    const { viewport } = viewer;
    const size = viewport.getContainerSize();
    // The width of the slide is 1 in the library's own coordinates.
    const origin = viewport.pixelFromPoint(new OpenSeadragon.Point(0, 0), true);
    const corner = viewport.pixelFromPoint(new OpenSeadragon.Point(1, 0), true);
    return createPlacement(
      { width: size.x, height: size.y },
      devicePixelRatio,
      origin,
      (corner.x - origin.x) / slide.width,
    );
  }

  return {
    placement,
    redraw,
    show({ x, y, width, height }) {
      // With as much around it as is needed to see where it lies.
      const least = LEAST_SEEN_UM / slide.micronsPerPixel.x;
      const side = Math.max(1.7 * Math.max(width, height), least);
      const corner = [x + (width - side) / 2, y + (height - side) / 2];
      const rectangle = [...corner, side, side].map((one) => one / slide.width);
      viewer.viewport.fitBounds(new OpenSeadragon.Rect(...rectangle));
      redraw();
    },
  };
}

/**
 * The library adds a style to the page, unless it is there already, that hides the focus on touch screens. The page
 * allows none but its own file: an element of that name, which is no style, stands for it.
 */
function withoutInlineStyle(): void {
  const stand = document.createElementNS(null, 'style');
  stand.setAttribute('data-openseadragon-mobile-css', 'true');
  document.head.append(stand);
}
