// Leads the sample model over a slide that is painted here, in a process that a test kills.
//   node run-painted-slide.mjs <address> <package> <folder>
// Prints a line for each tile that was read, and "done" at the end.
import { predictSlide, readSlidePackage } from '@deephealth/adapter-digital-pathology';
import { createRuntimeClient } from '@deephealth/sdk';

const [address, folderOfPackage, folder] = process.argv.slice(2);
const [width, height] = [1500, 1100];
const slide = {
  ...{ name: 'painted', format: 'image', sha256: 'cd'.repeat(32) },
  geometry: {
    levels: [{ width, height, downsample: 1 }],
    micronsPerPixel: { x: 2, y: 2, source: 'painted' },
    bounds: { x: 0, y: 0, width, height },
  },
  async readRegion({ x, y, width: across, height: down }) {
    process.stdout.write(`${x} ${y}\n`);
    const pixels = new Uint8Array(across * down * 3).fill(255);
    for (let j = 0; j < down; j++) {
      for (let i = 0; i < across; i++) {
        const [px, py] = [x + i, y + j];
        if (px < 0 || py < 0 || px >= width || py >= height) continue;
        const isTissue = Math.sin(px / 90) + Math.cos(py / 70) > 0.2;
        const noise = ((px * 7919) ^ (py * 104729)) % 17;
        pixels.set(isTissue ? [190 + noise, 120 + noise, 160] : [240, 238 + (noise % 5), 241], (j * across + i) * 3);
      }
    }
    return pixels;
  },
  close: async () => undefined,
};

const client = createRuntimeClient({ address });
const model = await readSlidePackage(folderOfPackage);
const [analysis] = model.binding.analyses;
const result = await predictSlide({
  ...{ slide, client, model, folder },
  analysis: { ...analysis, tile: { ...analysis.tile, size: 66, stride: 64, micronsPerPixel: 2 } },
});
process.stdout.write(`done ${JSON.stringify(result.counts)}\n`);
await result.close();
client.close();
