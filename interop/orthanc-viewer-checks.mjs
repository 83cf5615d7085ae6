// The results in Orthanc, as dicom-microscopy-viewer shows them over the slide in a browser.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { bestShift } from './best-shift.mjs';
import { expectEqual, expectTrue } from './check-report.mjs';
import { headlessBrowser } from './headless-browser.mjs';
import { servePage } from './orthanc-page-server.mjs';

/** WebGL without a graphics card. */
const FLAGS = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
/** How much a channel changes at least where something lies over the slide, and at most where nothing does. */
const OVERLAID = 40;
const UNCHANGED = 3;
/** Glass is nearly white, in all channels; tissue is not. */
const GLASS_FROM = 215;
/** In pixels of the page: how far an overlay is looked for, and how far from the tissue it may lie. */
const LOOKED_FOR = 8;
const IN_PLACE = 2;

/** `overlays` are the series of { binary, fractional, annotations }. */
export async function checkViewer(stage, { study, series, overlays }) {
  const { root, folder, check, installed, slide } = stage;
  const { openPage } = await headlessBrowser(root, folder);
  const server = await servePage(root, () => stage.orthanc.url);
  const page = await openPage(installed.chromium, FLAGS);
  const keep = pictureKeeper(page, join(root, '.build', 'pictures'));
  const placesOf = (points) => page.run(`viewing.placesOf(${JSON.stringify(points)})`);
  try {
    let bare;
    await check('the viewer shows the slide: tissue and glass are where OpenSlide has them', async () => {
      await page.open(server.url);
      await page.until('globalThis.viewing !== undefined');
      await page.run(`viewing.open('${study}', '${series}')`);
      bare = await keep('orthanc-slide');
      const areGlass = async (points) =>
        (await placesOf(points)).map((place) => Math.min(...bare(...place)) >= GLASS_FROM);
      expectTrue('places of tissue show no glass', !(await areGlass(slide.places.tissue)).includes(true));
      expectTrue('places of glass show glass', !(await areGlass(slide.places.glass)).includes(false));
    });
    if (bare === undefined) return;
    const [tissue, glass] = [await placesOf(slide.places.tissue), await placesOf(slide.places.glass)];
    const area = boxOf(
      await placesOf([
        [0, 0],
        [slide.width - 1, slide.height - 1],
      ]),
    );
    /** What a call of the page changes in what is seen: by how much, at a place. */
    const changeBy = async (call, name) => {
      expectEqual('labels', await page.run(call), ['tissue']);
      const overlaid = await keep(name);
      await page.run('viewing.hideAll()');
      return (x, y) => difference(bare(x, y), overlaid(x, y));
    };
    const expectInPlace = (change, where) => {
      const isOver = (x, y) => (change(x, y) >= OVERLAID ? 1 : 0);
      const shift = bestShift(isOver, where, area, LOOKED_FOR);
      expectTrue(`it lies where the tissue is, ${shift} pixels away`, Math.max(...shift.map(Math.abs)) <= IN_PLACE);
    };
    let segmented;
    for (const form of ['binary', 'fractional']) {
      await check(`the viewer lays the ${form} segmentation over tissue, and not over glass`, async () => {
        const change = await changeBy(`viewing.showSegments('${study}', '${overlays[form]}')`, `orthanc-${form}`);
        const [over, beside] = [tissue, glass].map((places) => places.map((place) => change(...place)));
        expectTrue(`it is seen over tissue: ${over}`, Math.min(...over) >= OVERLAID);
        expectTrue(`it is not seen over glass: ${beside}`, Math.max(...beside) <= UNCHANGED);
        expectInPlace(change, (x, y) => 255 - Math.min(...bare(x, y)));
        segmented ??= (x, y) => change(x, y) >= OVERLAID;
      });
    }
    await check('the viewer draws the annotations around tissue, and not over glass', async () => {
      const change = await changeBy(
        `viewing.showAnnotations('${study}', '${overlays.annotations}')`,
        'orthanc-annotations',
      );
      const beside = glass.map((place) => change(...place));
      expectTrue(`they are not seen over glass: ${beside}`, Math.max(...beside) <= UNCHANGED);
      const isEdge = (x, y) => segmented(x, y) !== segmented(x + 1, y) || segmented(x, y) !== segmented(x, y + 1);
      expectInPlace(change, (x, y) => (isEdge(x, y) ? 1 : 0));
    });
    await check('the page met no error', () => expectEqual('errors', page.errors, []));
  } finally {
    await page.close();
    await server.close();
  }
}

const difference = (one, other) => Math.max(...one.map((value, channel) => Math.abs(value - other[channel])));

/** The slide may be turned: any two opposite corners do. */
function boxOf([[x0, y0], [x1, y1]]) {
  return { left: Math.min(x0, x1), top: Math.min(y0, y1), right: Math.max(x0, x1), bottom: Math.max(y0, y1) };
}

/** Takes pictures of the page, which stay in `folder` for people to look at; gives the colour of a place. */
function pictureKeeper(page, folder) {
  mkdirSync(folder, { recursive: true });
  return async (name) => {
    const png = await page.screenshot();
    writeFileSync(join(folder, `${name}.png`), png);
    const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    return (x, y) => {
      const at = (y * info.width + x) * 3;
      return [data[at], data[at + 1], data[at + 2]];
    };
  };
}
