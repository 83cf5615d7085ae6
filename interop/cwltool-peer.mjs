// cwltool: our CommandLineTool, and a workflow of the shape that CRS4's have, with our command as its image.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import sharp from 'sharp';
import { LOOPBACK_ENVIRONMENT } from './loopback-environment.mjs';
import { besidePython, runPythonChecks } from './python-peer.mjs';
import { lastLines, runProcess } from './run-process.mjs';

const LIMIT_MS = 180_000;
const SIDE = 480;

export async function runCwltoolChecks(venvPython, { root, name, scratch }, report) {
  const folder = join(scratch, name);
  const [work, bin] = ['work', 'bin'].map((part) => join(folder, part));
  for (const one of [work, bin]) mkdirSync(one, { recursive: true });
  const slide = join(folder, 'block.tif');
  await writeSlide(slide);
  const command = [process.execPath, join(root, 'cli', 'bin', 'deephealth.mjs')];
  writeProgram(join(bin, 'deephealth'), `exec '${command.join("' '")}' "$@"`);
  writeProgram(join(bin, 'docker'), `exec '${venvPython}' '${join(root, 'interop', name, 'docker.py')}' "$@"`);
  const packageFolder = join(root, 'samples', 'models', 'tissue-pixels', '1.0.0');
  const env = {
    ...LOOPBACK_ENVIRONMENT,
    PATH: [bin, process.env.PATH].join(delimiter),
    DEEPHEALTH_COMMAND: JSON.stringify(command),
    DEEPHEALTH_SLIDE_MODEL: packageFolder,
  };
  const run = (workflow, job, more = []) => {
    const file = join(folder, 'job.json');
    writeFileSync(file, JSON.stringify(job));
    const preserve = ['DEEPHEALTH_COMMAND', 'DEEPHEALTH_SLIDE_MODEL'].flatMap((one) => ['--preserve-environment', one]);
    const args = ['--quiet', ...preserve, ...more, '--outdir', work, workflow, file];
    return runProcess(besidePython(venvPython, 'cwltool'), args, { limitMs: LIMIT_MS, cwd: folder, env });
  };
  const asFile = { class: 'File', path: slide };
  await report.check(name, "a workflow of CRS4's shape runs with our command in the place of its image", async () => {
    const job = { slide: asFile, level: 0, filter: 'tissue_low>0.8' };
    const docker = ['--user-space-docker-cmd', join(bin, 'docker')];
    const { code, stderr } = await run(join(root, 'interop', name, 'two-stages.cwl'), job, docker);
    if (code !== 0) throw new Error(lastLines(stderr));
  });
  await report.check(name, 'our CommandLineTool runs', async () => {
    const tool = join(root, 'adapters', 'digital-pathology', 'cwl', 'slide-predict.cwl');
    const job = { package: { class: 'Directory', path: packageFolder }, slide: asFile };
    const { code, stderr } = await run(tool, job);
    if (code !== 0) throw new Error(lastLines(stderr));
  });
  report.add(await runPythonChecks(root, name, { venvPython, args: ['--folder', work] }));
}

/** A pyramid of tissue on glass, of 8 micrometres a pixel. */
async function writeSlide(path) {
  const data = new Uint8Array(SIDE * SIDE * 3);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const isTissue = (x - 200) ** 2 + (y - 260) ** 2 < 140 ** 2;
      const noise = ((x * 7919) ^ (y * 104_729)) % 17;
      data.set(isTissue ? [180 + noise, 100 + noise, 150] : [240, 239, 241], (y * SIDE + x) * 3);
    }
  }
  // Pixels a millimetre.
  const tiles = { tile: true, tileWidth: 256, tileHeight: 256, pyramid: true, xres: 125, yres: 125 };
  await sharp(data, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .tiff({ ...tiles, compression: 'jpeg', quality: 95 })
    .toFile(path);
}

function writeProgram(path, line) {
  writeFileSync(path, `#!/bin/sh\n${line}\n`);
  chmodSync(path, 0o755);
}
