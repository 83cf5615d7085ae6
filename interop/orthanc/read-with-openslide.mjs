// The pixels of level 0 of a slide as OpenSlide reads them, in a process of its own: which OpenSlide that is, is
// said by DEEPHEALTH_OPENSLIDE before it is loaded.
import { writeFileSync } from 'node:fs';
import { openSlide, openSlideLibrary } from '@deephealth/adapter-digital-pathology';

const [path, micronsPerPixel, output] = process.argv.slice(2);
const library = openSlideLibrary();
if (!library.isAvailable) throw new Error(library.reason);
const slide = await openSlide(path, { micronsPerPixel: Number(micronsPerPixel) });
const [{ width, height }] = slide.geometry.levels;
writeFileSync(output, await slide.readRegion({ level: 0, x: 0, y: 0, width, height }));
await slide.close();
process.stdout.write(JSON.stringify({ version: library.version, format: slide.format, width, height }));
