import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GoldenInput } from '@deephealth/sdk';
import sharp from 'sharp';
import type { AddedSample } from '../ttmip/platform-check.js';
import type { Addition } from './addition.js';
import { chosenPlaces } from './golden-cases.js';
import type { SampleSource } from './sample-source.js';

/** Mean grey of a picture that shows more than the bare glass of a slide, which is not analysed. */
const DARKER_THAN_GLASS = 200;

/** The golden case that the model is surest of and that each platform can take, as a file that `deephealth predict` reads. */
export async function addedSample(addition: Addition, scratch: string): Promise<AddedSample> {
  const { source, settled } = addition;
  const place = await surestPlace(source, chosenPlaces(addition).reverse());
  const expectedLabel = settled.meaning === 'number' ? undefined : source.labels?.[place];
  const label = expectedLabel === undefined ? {} : { expectedLabel };
  const input = source.inputs[place] as GoldenInput;
  if ('image' in input) return { path: source.paths?.[place] as string, mediaType: input.image.mediaType, ...label };
  const values =
    'table' in input
      ? Object.fromEntries(Object.entries(input.table).map(([name, value]) => [name, plainValue(value)]))
      : {};
  const path = join(scratch, 'sample.json');
  const name = addition.manifest.inputs[0]?.name as string;
  await writeFile(path, JSON.stringify({ inputs: { [name]: input } }));
  return { path, mediaType: 'application/json', values, ...label };
}

/** The first of the places, but of pictures the first that a slide could show: models of tiles are sure of glass, too. */
async function surestPlace({ kind, paths }: SampleSource, places: readonly number[]): Promise<number> {
  const [first = 0] = places;
  if (kind !== 'image') return first;
  for (const place of places) {
    if ((await meanGrey(paths?.[place] as string)) < DARKER_THAN_GLASS) return place;
  }
  return first;
}

/** White for what the library does not read. */
async function meanGrey(path: string): Promise<number> {
  try {
    const { channels } = await sharp(path).stats();
    const colours = channels.length < 3 ? channels.slice(0, 1) : channels.slice(0, 3);
    return colours.reduce((sum, { mean }) => sum + mean, 0) / colours.length;
  } catch {
    return 255;
  }
}

function plainValue(value: object): number | string | boolean | null {
  if ('number' in value) return value.number as number;
  if ('category' in value) return value.category as string;
  return 'boolean' in value ? (value.boolean as boolean) : null;
}
