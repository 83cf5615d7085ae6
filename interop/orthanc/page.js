// What the checks ask of the viewer, as `window.viewing`.
import { api } from '/dicomweb-client.js';

const { metadata, viewer } = globalThis.dicomMicroscopyViewer;
const client = new api.DICOMwebClient({ url: `${location.origin}/dicom-web` });
const RENDER_LIMIT_MS = 30_000;

let slide;
let map;

globalThis.viewing = {
  /** Shows a slide as a whole. */
  async open(studyInstanceUID, seriesInstanceUID) {
    const instances = await client.retrieveSeriesMetadata({ studyInstanceUID, seriesInstanceUID });
    slide = new viewer.VolumeImageViewer({
      client,
      metadata: instances.map((one) => new metadata.VLWholeSlideMicroscopyImage({ metadata: one })),
      controls: [],
    });
    slide.render({ container: 'slide' });
    // The viewer does not give its map away, which alone knows what is where and when all is drawn.
    const isMap = (value) => typeof value?.getPixelFromCoordinate === 'function';
    map = Object.getOwnPropertySymbols(slide)
      .map((symbol) => slide[symbol])
      .find(isMap);
    await drawn();
  },

  /** Lays the segments of a series over the slide, which shows through; gives their labels. */
  async showSegments(studyInstanceUID, seriesInstanceUID) {
    const instances = await client.retrieveSeriesMetadata({ studyInstanceUID, seriesInstanceUID });
    slide.addSegments(instances.map((one) => new metadata.Segmentation({ metadata: one })));
    const segments = slide.getAllSegments().filter((one) => one.seriesInstanceUID === seriesInstanceUID);
    for (const { uid } of segments) slide.showSegment(uid, { opacity: 0.6 });
    await drawn();
    return segments.map(({ label }) => label);
  },

  async hideSegments() {
    for (const { uid } of slide.getAllSegments()) slide.hideSegment(uid);
    await drawn();
  },

  /** Where pixels of level 0 are on the page. */
  placesOf(points) {
    const { left, top } = map.getTargetElement().getBoundingClientRect();
    return points.map(([x, y]) => {
      // The viewer counts rows downwards from -1.
      const [onMapX, onMapY] = map.getPixelFromCoordinate([x + 0.5, -(y + 0.5) - 1]);
      return [Math.round(left + onMapX), Math.round(top + onMapY)];
    });
  },
};

function drawn() {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the viewer did not draw all in time')), RENDER_LIMIT_MS);
    map.once('rendercomplete', () => {
      clearTimeout(late);
      resolve();
    });
    map.render();
  });
}
