// What the maker of a model adds to the package that `deephealth init` drafted: answers of PyTorch as golden case.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeChecksums } from '@deephealth/sdk';
import { pngFile } from '@deephealth/sdk/testing';

const DATA_TYPES = { float32: 'FP32', float64: 'FP64', int64: 'INT64' };
const MANIFEST = 'model.json';

/** Confirms every guess of the draft, takes outputs as plain tensors, and writes the golden case and the sums. */
export async function finishPackage(folder, model, torch) {
  const path = join(folder, MANIFEST);
  const { draft: _, ...manifest } = JSON.parse(readFileSync(path, 'utf8'));
  const finished = {
    ...manifest,
    title: `Network "${model.name}" of PyTorch`,
    intendedUse: 'Tests of this software.',
    limitations: ['It has random weights and answers no medical question.'],
    license: 'Apache-2.0',
    outputs: manifest.outputs.map(({ name, from }) => ({ name, kind: 'tensor', from })),
  };
  writeFileSync(path, JSON.stringify(finished, null, 2));
  const [first] = model.cases;
  const golden = {
    schemaVersion: 1,
    id: 'pytorch',
    description: 'The first input of the network.',
    source: `PyTorch ${torch} in FP64.`,
    inputs: toGoldenInputs(model, first),
    expected: { tensors: Object.fromEntries(Object.entries(first.fp64).map(([name, y]) => [name, expectedTensor(y)])) },
  };
  mkdirSync(join(folder, 'golden'), { recursive: true });
  writeFileSync(join(folder, 'golden', 'pytorch.json'), JSON.stringify(golden));
  await writeChecksums(folder);
}

function expectedTensor({ file, shape }) {
  const bytes = readFileSync(file);
  const values = Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleLE(8 * i));
  return { dataType: 'FP32', shape, values, scale: Math.max(...values.map(Math.abs)) };
}

/** Inputs as golden cases have them: a picture as PNG, anything else as tensors. */
export function toGoldenInputs({ isImage }, { inputs }) {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, array]) => [
      name,
      isImage ? { image: toImage(array) } : { tensor: toTensor(array) },
    ]),
  );
}

function toTensor({ file, type, shape }) {
  return { dataType: DATA_TYPES[type], shape, base64: readFileSync(file, 'base64') };
}

/** Planes [1, channels, height, width] of bytes. */
function toImage({ file, shape: [, channels, height, width] }) {
  const planes = readFileSync(file);
  const bytes = Array.from({ length: planes.length }, (_, i) => {
    const [pixel, channel] = [Math.floor(i / channels), i % channels];
    return planes[channel * height * width + pixel];
  });
  return {
    mediaType: 'image/png',
    base64: pngFile({ width, height, depth: 8, colour: 'rgb', bytes }).toString('base64'),
  };
}
