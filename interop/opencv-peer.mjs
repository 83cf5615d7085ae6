// OpenCV beside the steps of our images: pictures go to a server of ours, its tensors to the Python side.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPython, runPythonChecks } from './python-peer.mjs';
import { serveModels } from './served-runtime.mjs';

/** Pictures of this repository, and real ones where they are. */
function realPictures(root) {
  const samples = join(root, 'samples', 'inputs', 'whole');
  const own = ['retina-left-eye.jpg', 'tissue-skin.png'].map((file) => join(samples, file));
  const films = join(root, '..', 'shared', 'data', 'chest-xray');
  if (!existsSync(films)) return own;
  const pngs = readdirSync(films).filter((file) => file.endsWith('.png'));
  return [...own, ...pngs.map((file) => join(films, file))];
}

export async function runOpencvChecks(venvPython, { root, name }, report) {
  const scratch = mkdtempSync(join(tmpdir(), 'deephealth-interop-opencv-'));
  let server;
  try {
    const [pictures, tensors] = ['pictures', 'tensors'].map((folder) => join(scratch, folder));
    for (const folder of [pictures, tensors]) mkdirSync(folder);
    const args = [pictures, ...realPictures(root)];
    const { code } = await runPython(root, name, { venvPython, program: 'make_files.py', args });
    if (code !== 0) throw new Error(`the pictures could not be made (exit code ${code}).`);
    const cases = JSON.parse(readFileSync(join(pictures, 'cases.json'), 'utf8'));
    const { writeStepModels } = await import('./opencv-models.mjs');
    writeStepModels(join(scratch, 'store'), cases);
    server = await serveModels(root, ['--models', join(scratch, 'store')]);
    const answers = join(scratch, 'answers.json');
    writeFileSync(answers, JSON.stringify(await predictAll(server, cases, pictures, tensors)));
    report.add(await runPythonChecks(root, name, { venvPython, args: ['--pictures', pictures, '--answers', answers] }));
  } finally {
    await server?.stop(server.models.length);
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Sends every picture to its model; gives { model, file, name, tensor, shape } of each answer. */
async function predictAll({ address }, { inputs, pictures }, folder, tensors) {
  const { createRuntimeClient, sniffMediaType } = await import('@deephealth/sdk');
  const client = createRuntimeClient({ address });
  const answers = [];
  try {
    for (const { model, file } of pictures) {
      const data = readFileSync(join(folder, file));
      const image = { data, mediaType: sniffMediaType(data) };
      const named = inputs.filter((input) => input.model === model).map(({ name }) => ({ name, image }));
      const { findings } = await client.predict({ modelName: model, inputs: named });
      for (const { name, tensor } of findings) {
        const path = join(tensors, `${answers.length}.f32`);
        writeFileSync(path, tensor.data);
        answers.push({ model, file, name, tensor: path, shape: tensor.shape.map(Number) });
      }
    }
  } finally {
    client.close();
  }
  return answers;
}
