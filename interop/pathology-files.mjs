// Leads the sample model over a slide and writes the map in every form, for programs of others to read.
//   node pathology-files.mjs <address> <package> <slide> <folder>
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import {
  openSlide,
  predictSlide,
  readSlidePackage,
  writeAnnotations,
  writeCrs4Zarr,
  writeCsv,
  writeGeoJson,
  writeOmeZarrLabels,
  writeReport,
  writeSegmentation,
} from '@deephealth/adapter-digital-pathology';
import { createRuntimeClient } from '@deephealth/sdk';

const ROWS_AT_ONCE = 256;

const [address, packageFolder, path, folder] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const at = (file) => join(folder, file);
const client = createRuntimeClient({ address });
const model = await readSlidePackage(packageFolder);
const [own] = model.binding.analyses;
const slide = await openSlide(path);
const { levels, micronsPerPixel, bounds } = slide.geometry;
// Four cells over a hundred pixels, or the slide's own where it is coarse: cells of both kinds are of whole pixels.
const microns = Math.max(8, Math.sqrt(micronsPerPixel.x * micronsPerPixel.y));
const analysis = { ...own, tile: { ...own.tile, micronsPerPixel: microns }, tissue: { method: 'none' } };
const result = await predictSlide({ slide, client, model, analysis, folder: at('run') });
const { map } = result;
await writeCsv(map, at('cells.csv'));
await writeCrs4Zarr(map, slide, at('map.zip'));
await writeGeoJson(map, slide, at('regions.geojson'), { origin: 'bounds' });
await writeGeoJson(map, slide, at('tiles.geojson'), { origin: 'bounds', form: 'tiles' });
await writeOmeZarrLabels(map, slide, at('labels.zarr'));
if (slide.dicom !== undefined) {
  await writeSegmentation(map, slide, at('binary.dcm'), { level: 0 });
  await writeSegmentation(map, slide, at('fractional.dcm'), { level: 0, form: 'fractional' });
  await writeAnnotations(map, slide, at('annotations.dcm'));
  await writeReport(map, slide, at('report.dcm'));
}
writeFileSync(
  at('outputs.json'),
  JSON.stringify({
    levels: levels.map(({ width, height }) => [width, height]),
    mpp: [micronsPerPixel.x, micronsPerPixel.y],
    bounds: [bounds.x, bounds.y],
    thresholds: Object.fromEntries(map.channels.map(({ label, threshold }) => [label, threshold])),
    segLevel: 0,
    grid: map.grid,
    extraction: { ...map.extraction, downsample: levels[map.extraction.level].downsample },
    model: model.manifest.name,
  }),
);
await writePixels(slide, at('pixels.rgb'));
await result.close();
await slide.close();
client.close();

async function writePixels({ geometry }, file) {
  const [{ width, height }] = geometry.levels;
  const out = createWriteStream(file);
  for (let y = 0; y < height; y += ROWS_AT_ONCE) {
    out.write(await slide.readRegion({ level: 0, x: 0, y, width, height: Math.min(ROWS_AT_ONCE, height - y) }));
  }
  out.end();
  await finished(out);
}
