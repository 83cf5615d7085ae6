// A model led over the slide in Orthanc, and what comes of it stored beside the slide.
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import dicomParser from 'dicom-parser';
import { expectEqual, expectTrue } from './check-report.mjs';

const MODEL = ['tissue-pixels', '1.0.0'];
/**
 * Of the slide, where results are made. Orthanc-WSI draws each level of its pyramid half a pixel nearer to the
 * corner than the one before: on the coarsest, which the model would take, that is half a cell, to be seen.
 */
const RESULT_LEVEL = 2;
const OBJECTS = [
  ['tissue.seg.dcm', 'SEG', 'binary'],
  ['tissue.probability.seg.dcm', 'SEG', 'fractional'],
  ['tissue.ann.dcm', 'ANN', 'annotations'],
  ['tissue.sr.dcm', 'SR'],
];
const AS_STORED = 'multipart/related; type="application/dicom"; transfer-syntax=*';

/** A store with the model alone. */
export function writeStore(root, folder) {
  const store = join(folder, 'store');
  cpSync(join(root, 'samples', 'models', ...MODEL), join(store, ...MODEL), { recursive: true });
  return store;
}

/** What `predictSlide` needs besides a slide and a folder. */
export async function tissueModel({ root, pathology }, client) {
  const model = await pathology.readSlidePackage(join(root, 'samples', 'models', ...MODEL));
  return { client, model, analysis: pathology.analysisOf(model.binding) };
}

/** All values of a map as bytes. */
export async function mapBytes({ map }) {
  return Buffer.from((await map.readRows(0, map.grid.rows)).buffer);
}

/** Level by level the same map as from the file; gives that of level 0. */
export async function checkMaps(stage) {
  const { check, folder, slide, pathology, openWeb, predict } = stage;
  const { path, micronsPerPixel } = slide;
  const lead = async (open, name) => {
    const opened = await open();
    try {
      const result = await predict({ slide: opened, folder: join(folder, name), level: 0 });
      const bytes = await mapBytes(result);
      await result.close();
      return { bytes, counts: result.counts };
    } finally {
      await opened.close();
    }
  };
  const web = await lead(openWeb, 'map-web');
  await check(`the map over Orthanc is that over the file, ${web.counts.examined} tiles of level 0`, async () => {
    const file = await lead(() => pathology.openSlide(path, { micronsPerPixel }), 'map-file');
    expectEqual('tiles', web.counts, file.counts);
    expectTrue('values are the same', web.bytes.equals(file.bytes));
    expectTrue('values are not all the same', new Set(web.bytes).size > 100);
  });
  return web;
}

/** Results in DICOM, stored, found, fetched and stored again; gives the series of what viewers lay over a slide. */
export async function checkObjects(stage) {
  const { check, folder, pathology, orthanc, openWeb, predict } = stage;
  const results = join(folder, 'results');
  const slide = await openWeb();
  const { studyInstanceUid: study } = slide.dicom;
  try {
    await check('all results are written for the slide in Orthanc', async () => {
      const report = await predict({ slide, folder: results, level: RESULT_LEVEL }, pathology.predictToFolder);
      const wanted = OBJECTS.map(([file]) => file);
      expectEqual(
        'DICOM files',
        report.files.filter((file) => file.endsWith('.dcm')),
        wanted,
      );
    });
  } finally {
    await slide.close();
  }
  const paths = OBJECTS.map(([file]) => join(results, file));
  for (const time of ['', ' a second time, which changes nothing']) {
    let stored = [];
    await check(`segmentations, annotations and the report are stored by STOW-RS${time}`, async () => {
      stored = await pathology.storeInstances(paths, { baseUrl: orthanc.dicomWeb, studyInstanceUid: study });
      expectEqual(
        'states',
        stored.map(({ file, status, meaning }) => [file, status, meaning]),
        OBJECTS.map(([file]) => [file, 'stored', undefined]),
      );
    });
    await check(`QIDO-RS finds each in the study of the slide, once${time && ', also after that'}`, async () => {
      for (const [at, [, modality]] of OBJECTS.entries()) {
        const { sopInstanceUid } = stored[at];
        const query = `SOPInstanceUID=${sopInstanceUid}&includefield=00080060`;
        const found = await askJson(`${orthanc.dicomWeb}/studies/${study}/instances?${query}`);
        expectEqual('found', found.map(valuesOf), [[sopInstanceUid, modality, study]]);
      }
    });
    await check(`WADO-RS gives the very bytes back${time && ', also after that'}`, async () => {
      for (const [at, path] of paths.entries()) {
        const bytes = readFileSync(path);
        const body = await askBytes(`${stored[at].retrieveUrl}`);
        expectTrue(`${OBJECTS[at][0]} is in the answer as it was sent`, body.includes(bytes));
      }
    });
  }
  const shown = OBJECTS.filter(([, , what]) => what !== undefined);
  return Object.fromEntries(shown.map(([file, , what]) => [what, seriesOf(join(results, file))]));
}

function valuesOf(dataset) {
  return ['00080018', '00080060', '0020000D'].map((tag) => dataset[tag]?.Value?.[0]);
}

function seriesOf(file) {
  return dicomParser.parseDicom(readFileSync(file), { untilTag: 'x00200010' }).string('x0020000e');
}

async function askJson(url) {
  const response = await fetch(url, { headers: { accept: 'application/dicom+json' } });
  if (!response.ok) throw new Error(`Orthanc answers ${response.status} to ${url}`);
  return response.json();
}

async function askBytes(url) {
  const response = await fetch(url, { headers: { accept: AS_STORED } });
  if (!response.ok) throw new Error(`Orthanc answers ${response.status} to ${url}`);
  return Buffer.from(await response.arrayBuffer());
}
