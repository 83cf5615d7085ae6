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
      // In mm a pixel of the page: where more is seen of the slide, heaps are drawn instead of outlines.
      annotationOptions: { clusteringPixelSizeThreshold: 1 },
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

  /** Draws the annotations of a series over the slide; gives their labels. */
  async showAnnotations(studyInstanceUID, seriesInstanceUID) {
    const instances = await client.retrieveSeriesMetadata({ studyInstanceUID, seriesInstanceUID });
    for (const one of instances) {
      pointToBulkData(one, `/studies/${studyInstanceUID}/series/${seriesInstanceUID}`);
      slide.addAnnotationGroups(new metadata.MicroscopyBulkSimpleAnnotations({ metadata: one }));
    }
    const groups = slide.getAllAnnotationGroups();
    for (const { uid } of groups) slide.showAnnotationGroup(uid, { color: [0, 0, 255] });
    await drawn();
    return groups.map(({ label }) => label);
  },

  async hideAll() {
    for (const { uid } of slide.getAllSegments()) slide.hideSegment(uid);
    for (const { uid } of slide.getAllAnnotationGroups()) slide.hideAnnotationGroup(uid);
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

/** Orthanc 1.10 gives of long binary values the first number alone, though it has them as bulk data. */
function pointToBulkData(annotations, series) {
  const bulk = `${location.origin}/dicom-web${series}/instances/${annotations['00080018'].Value[0]}/bulk`;
  const point = (dataset, path) => {
    for (const [tag, element] of Object.entries(dataset)) {
      if (element.vr === 'SQ') {
        for (const [at, item] of (element.Value ?? []).entries()) point(item, `${path}/${tag}/${at + 1}`);
      } else if (/^O[DFL]$/.test(element.vr)) {
        dataset[tag] = { vr: element.vr, BulkDataURI: `${bulk}${path}/${tag}` };
      }
    }
  };
  point(annotations, '');
}

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
