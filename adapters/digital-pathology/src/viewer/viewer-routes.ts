import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Slide } from '../slide/slide.js';
import type { ShownResult } from './results/open-results.js';
import { deepZoomDescriptor, deepZoomOf } from './tiles/deep-zoom.js';
import { createSlideTiles } from './tiles/slide-tiles.js';
import { viewDescription } from './view-description.js';

export interface ViewerAnswer {
  readonly type: string;
  readonly body: Buffer | string;
}

/** Undefined for an address that leads nowhere. */
type ViewerRoutes = (path: string, signal: AbortSignal) => Promise<ViewerAnswer | undefined>;

const JSON_TYPE = 'application/json; charset=utf-8';
const SCRIPT_TYPE = 'text/javascript; charset=utf-8';

/**
 * Every address below the secret. Files are those that are listed here, read at the start: no part of an address ever
 * becomes one of a path.
 */
export async function createViewerRoutes(slide: Slide, results: readonly ShownResult[]): Promise<ViewerRoutes> {
  const files = await readPageFiles();
  const zoom = deepZoomOf(slide.geometry);
  const tiles = createSlideTiles(slide, zoom);
  const description = JSON.stringify(viewDescription(slide, zoom, results));
  return async (path, signal) => {
    const file = files.get(path);
    if (file !== undefined) return file;
    if (path === 'view.json') return { type: JSON_TYPE, body: description };
    if (path === 'slide.dzi') return { type: 'application/xml; charset=utf-8', body: deepZoomDescriptor(zoom) };
    const tile = numbersOf(/^slide_files\/(\d{1,2})\/(\d{1,7})_(\d{1,7})\.jpeg$/, path);
    if (tile !== undefined) {
      const [level, column, row] = tile as [number, number, number];
      const body = await tiles.tile(level, column, row, signal);
      return body === undefined ? undefined : { type: 'image/jpeg', body };
    }
    const values = numbersOf(/^results\/(\d{1,4})\/values\/(\d{1,4})\/(\d{1,2})\/(\d{1,7})_(\d{1,7})$/, path);
    if (values !== undefined) {
      const [result, channel, level, column, row] = values as [number, number, number, number, number];
      const body = results[result]?.pyramids[channel]?.tile(level, column, row);
      return body === undefined ? undefined : { type: 'application/octet-stream', body };
    }
    const list = numbersOf(/^results\/(\d{1,4})\/regions\.json$/, path);
    if (list !== undefined) return regionList(results[list[0] as number]);
    const outline = numbersOf(/^results\/(\d{1,4})\/regions\/(\d{1,6})\.json$/, path);
    if (outline === undefined) return undefined;
    const region = results[outline[0] as number]?.regions?.regions[outline[1] as number];
    return region === undefined ? undefined : { type: JSON_TYPE, body: JSON.stringify({ rings: region.rings }) };
  };
}

function regionList(result: ShownResult | undefined): ViewerAnswer | undefined {
  if (result?.regions === undefined) return undefined;
  const { regions, ...rest } = result.regions;
  const listed = regions.map(({ label, areaMm2, bounds }, at) => ({
    ...{ label, areaMm2, bounds },
    ...result.regionValues[at],
  }));
  return { type: JSON_TYPE, body: JSON.stringify({ ...rest, regions: listed }) };
}

function numbersOf(pattern: RegExp, path: string): number[] | undefined {
  return pattern.exec(path)?.slice(1).map(Number);
}

async function readPageFiles(): Promise<Map<string, ViewerAnswer>> {
  const own = (name: string) => new URL(`./viewer/${name}`, import.meta.url);
  const library = createRequire(import.meta.url).resolve('openseadragon');
  const files = [
    ['', 'text/html; charset=utf-8', own('index.html')],
    ['page.css', 'text/css; charset=utf-8', own('page.css')],
    ['icon.svg', 'image/svg+xml', own('icon.svg')],
    ['page.js', SCRIPT_TYPE, own('page.js')],
    ['openseadragon.js', SCRIPT_TYPE, library.replace(/\.js$/, '.min.js')],
  ] as const;
  return new Map(
    await Promise.all(files.map(async ([path, type, from]) => [path, { type, body: await readFile(from) }] as const)),
  );
}
