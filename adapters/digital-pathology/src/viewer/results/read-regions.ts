import { readFile, stat } from 'node:fs/promises';
import { DeepHealthError } from '@deephealth/sdk';
import type { PixelRectangle } from '../../slide/slide.js';

/** A region of a result, in pixels of level 0 of the whole canvas. */
export interface ShownRegion {
  /** Label of its class. */
  readonly label: string;
  readonly areaMm2: number;
  readonly bounds: PixelRectangle;
  /** Closed: x, y, x, y …; the first is the outer one, the others are holes. */
  readonly rings: readonly (readonly number[])[];
}

export interface ShownRegions {
  /** Largest first. */
  readonly regions: readonly ShownRegion[];
  /** What the file holds, those that are not listed included. */
  readonly total: number;
  /** The file is too large to be listed. */
  readonly isTooLarge: boolean;
  /** From which probability on, by class. */
  readonly thresholds: Readonly<Record<string, number>>;
}

const MOST_BYTES = 2 ** 26;
const MOST_LISTED = 1000;
const AREA = 'Area µm^2';

interface Feature {
  readonly geometry?: { readonly type?: unknown; readonly coordinates?: unknown };
  readonly properties?: {
    readonly classification?: { readonly name?: unknown };
    readonly measurements?: Readonly<Record<string, unknown>>;
  };
}

/**
 * Regions of the GeoJSON of a result. It may count from the corner of the scanned part, and says so.
 *
 * @returns undefined if there is no such file, or if it holds tiles instead of regions
 * @throws DH_MEDIA_UNREADABLE
 */
export async function readRegions(path: string): Promise<ShownRegions | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || !found.isFile()) return undefined;
  if (found.size > MOST_BYTES) return { regions: [], total: 0, isTooLarge: true, thresholds: {} };
  const { head, features } = parse(await readFile(path, 'utf8'));
  if (head.form !== 'regions') return undefined;
  const offset = Array.isArray(head.originOnCanvas) ? head.originOnCanvas.map(Number) : [];
  if (offset.length !== 2 || !offset.every(Number.isFinite)) throw unreadableRegions();
  const regions = features.map((feature) => toRegion(feature, offset as [number, number]));
  return {
    regions: regions.sort((a, b) => b.areaMm2 - a.areaMm2).slice(0, MOST_LISTED),
    total: regions.length,
    isTooLarge: false,
    thresholds: (head.thresholds ?? {}) as Record<string, number>,
  };
}

function parse(text: string): { head: Readonly<Record<string, unknown>>; features: readonly Feature[] } {
  try {
    const { deephealth, features } = JSON.parse(text) as { deephealth?: object; features?: unknown };
    if (Array.isArray(features)) return { head: { ...deephealth }, features };
  } catch {
    // Said below.
  }
  throw unreadableRegions();
}

function toRegion({ geometry, properties }: Feature, [dx, dy]: readonly [number, number]): ShownRegion {
  const { coordinates } = geometry ?? {};
  const area = properties?.measurements?.[AREA];
  const label = properties?.classification?.name;
  if (
    geometry?.type !== 'Polygon' ||
    !Array.isArray(coordinates) ||
    typeof area !== 'number' ||
    typeof label !== 'string'
  ) {
    throw unreadableRegions();
  }
  const rings = (coordinates as unknown[]).map((ring) => {
    if (!Array.isArray(ring) || ring.length < 4) throw unreadableRegions();
    return (ring as unknown[]).flatMap((point) => {
      const [x, y] = Array.isArray(point) ? (point as unknown[]) : [];
      if (typeof x !== 'number' || typeof y !== 'number') throw unreadableRegions();
      return [x + dx, y + dy];
    });
  });
  if (rings[0] === undefined) throw unreadableRegions();
  return { label, areaMm2: area / 1e6, bounds: boundsOf(rings[0]), rings };
}

function boundsOf(ring: readonly number[]): PixelRectangle {
  let [left, top, right, bottom] = [ring[0] as number, ring[1] as number, ring[0] as number, ring[1] as number];
  for (let at = 0; at < ring.length; at += 2) {
    const [x, y] = [ring[at] as number, ring[at + 1] as number];
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

function unreadableRegions(): DeepHealthError {
  return new DeepHealthError('DH_MEDIA_UNREADABLE', 'The regions of the result (.geojson) are damaged.');
}
