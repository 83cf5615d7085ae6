// Orthanc as the archive that slides are read from, and that results go to.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expectEqual } from './check-report.mjs';
import { freePorts } from './free-ports.mjs';
import { dicomize, repairSpacing } from './orthanc-dicomizer.mjs';
import { checkOutage } from './orthanc-outage-checks.mjs';
import { checkPixels, checkWrongSpacing } from './orthanc-reading-checks.mjs';
import { checkMaps, checkObjects, tissueModel, writeStore } from './orthanc-results-checks.mjs';
import { startOrthanc } from './orthanc-server.mjs';
import { slideFor } from './orthanc-slides.mjs';
import { checkViewer } from './orthanc-viewer-checks.mjs';
import { serveModels } from './served-runtime.mjs';

export async function runOrthancChecks(installed, { root, name, scratch }, report) {
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  const slide = await slideFor(root, folder);
  if (!slide.isReal) report.skip(name, 'the real slide is not in ../shared/data; a painted one takes its place.');
  const pathology = await import('@deephealth/adapter-digital-pathology');
  const [port] = await freePorts(1);
  const stage = {
    ...{ root, folder, installed, slide, pathology },
    check: (sentence, run) => report.check(name, sentence, run),
    orthanc: await startOrthanc(installed, folder, port),
  };
  try {
    await stage.check('Orthanc listens on loopback and nowhere else', () => {
      expectEqual('sockets', stage.orthanc.listens, [`127.0.0.1:${port}`]);
    });
    await checkWrongSpacing(stage, await dicomize(installed, slide, join(folder, 'wrong')));
    const dicom = await dicomize(installed, slide, join(folder, 'dicom'));
    await repairSpacing(installed, dicom.files);
    stage.openWeb = (options = {}) => {
      const { study, series } = dicom;
      return pathology.openDicomWebSlide({ baseUrl: stage.orthanc.dicomWeb, study, series, ...options });
    };
    await stage.check('the levels are stored once they are put right', async () => {
      const stored = await pathology.storeInstances(dicom.files, { baseUrl: stage.orthanc.dicomWeb });
      expectEqual(
        'states',
        stored.map(({ status }) => status),
        dicom.files.map(() => 'stored'),
      );
    });
    await checkPixels(stage, dicom.files);
    await withModels(stage, async () => {
      const whole = await checkMaps(stage);
      const overlays = await checkObjects(stage);
      if (installed.chromium === undefined) report.skip(name, `nothing is shown: ${installed.whyNoChromium}`);
      else await checkViewer(stage, { ...dicom, overlays });
      await checkOutage(stage, whole, async () => {
        await stage.orthanc.kill();
        stage.orthanc = await startOrthanc(installed, folder, port);
      });
    });
  } finally {
    await stage.orthanc.stop();
  }
}

/** Runs with a server of our own for the model, and `predict` in the stage. */
async function withModels(stage, run) {
  const { createRuntimeClient } = await import('@deephealth/sdk');
  const server = await serveModels(stage.root, ['--models', writeStore(stage.root, stage.folder)]);
  const client = createRuntimeClient({ address: server.address });
  try {
    const model = await tissueModel(stage, client);
    stage.predict = (options, lead = stage.pathology.predictSlide) => lead({ ...model, ...options });
    await run();
  } finally {
    client.close();
    await server.stop(server.models.length);
  }
}
