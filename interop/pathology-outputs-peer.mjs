// OpenSlide, zarr, pydicom, highdicom, shapely and dciodvfy on slides that we read and maps that we write.
import { existsSync, mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { installDciodvfy } from './dciodvfy.mjs';
import { runPython, runPythonChecks } from './python-peer.mjs';
import { lastLines, runProcess } from './run-process.mjs';
import { serveModels } from './served-runtime.mjs';
import { Skipped } from './skipped.mjs';

const SLIDES = ['cmu-1-small-region.svs', 'camelyon.dcm'];
/** Made of the second: with what it lacks. */
const COMPLETE = 'complete.dcm';
const LIMIT_MS = 300_000;

/** Starts a server of its own, with the sample models. */
export async function runPathologyOutputsChecks(venvPython, { root, name, scratch }, report) {
  const data = join(dirname(root), 'shared', 'data', 'pathology');
  if (!existsSync(data)) {
    report.skip(name, 'real slides: ../shared/data is absent.');
    return;
  }
  // The same OpenSlide reads on both sides.
  const ask = ['-c', 'import openslide_bin; print(openslide_bin.libopenslide1._name)'];
  const { stdout } = await runProcess(venvPython, ask, { limitMs: 60_000 });
  const validator = await installDciodvfy(root).catch((error) => {
    if (!(error instanceof Skipped)) throw error;
    report.skip(name, error.message);
    return undefined;
  });
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  const models = join(root, 'samples', 'models');
  const server = await serveModels(root, ['--models', models]);
  try {
    for (const path of await slidesIn(data, folder, { root, name, venvPython })) {
      const slide = basename(path);
      const made = join(folder, `of ${slide}`);
      const program = join(root, 'interop', 'pathology-files.mjs');
      const args = [server.address, join(models, 'tissue-pixels', '1.0.0'), path, made];
      const { code, stderr } = await runProcess(process.execPath, [program, ...args], {
        limitMs: LIMIT_MS,
        env: { DEEPHEALTH_OPENSLIDE: stdout.trim() },
      });
      await report.check(name, `writes the map of ${slide} in every form`, () => {
        if (code !== 0) throw new Error(lastLines(stderr));
      });
      if (code !== 0) continue;
      const dicom = slide.endsWith('.dcm') ? ['--dicom'] : [];
      const validate = validator === undefined || dicom.length === 0 ? [] : ['--validate'];
      const env = validator === undefined ? {} : { ...validator.env, DCIODVFY: validator.program };
      const flags = ['--folder', made, ...dicom];
      report.add(await runPythonChecks(root, name, { venvPython, args: [...flags, ...validate], env }));
      report.add(
        await runPythonChecks(root, name, {
          ...{ venvPython, program: 'read_back.py' },
          args: [...flags, '--slide', path, ...(slide === COMPLETE ? ['--complete'] : [])],
        }),
      );
    }
  } finally {
    await server.stop(server.models.length);
  }
}

/** Paths of the real slides, and of a copy that is as the standard asks. */
async function slidesIn(data, folder, { root, name, venvPython }) {
  const real = SLIDES.map((slide) => join(data, slide));
  const copy = join(folder, COMPLETE);
  const { code } = await runPython(root, name, { venvPython, program: 'complete_slide.py', args: [real[1], copy] });
  if (code !== 0) throw new Error(`the copy of a slide could not be made (exit code ${code}).`);
  return [...real, copy];
}
