// Networks that torch.onnx exported, packaged and served as their makers would, beside PyTorch's own answers.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectEqual, expectTrue } from './check-report.mjs';
import { runPython } from './python-peer.mjs';
import { lastLines, runProcess } from './run-process.mjs';
import { serveModels } from './served-runtime.mjs';

const COMMAND_LIMIT_MS = 300_000;

export async function runPytorchChecks(installed, { root, name }, report) {
  const scratch = mkdtempSync(join(tmpdir(), 'deephealth-interop-pytorch-'));
  const [made, store] = ['made', 'store'].map((folder) => join(scratch, folder));
  mkdirSync(made);
  let server;
  try {
    // Imported here: the product is built by now.
    const packages = await import('./pytorch-packages.mjs');
    const { code } = await runPython(root, name, { ...installed, program: 'make_models.py', args: [made] });
    if (code !== 0) throw new Error(`PyTorch could not export its networks (exit code ${code}).`);
    const { torch, models } = JSON.parse(readFileSync(join(made, 'models.json'), 'utf8'));
    process.stderr.write(`        PyTorch ${torch}\n`);
    for (const model of models) {
      await report.check(name, `deephealth init drafts a package of ${model.name}`, async () => {
        const flags = model.isImage ? ['--pixel-format', 'Rgb8', '--pixel-range', 'Normalized_0_1'] : [];
        await deephealth(root, ['init', store, '--from', model.file, '--name', model.name, ...flags]);
        await packages.finishPackage(join(store, model.name, '1.0.0'), model, torch);
      });
    }
    server = await serveModels(root, ['--models', store]);
    await checkAnswers({ root, name, report, scratch, server, ...packages }, models);
  } finally {
    await server?.stop(server.models.length);
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function deephealth(root, args) {
  const command = [join(root, 'cli', 'bin', 'deephealth.mjs'), ...args];
  const { code, stdout, stderr } = await runProcess(process.execPath, command, { limitMs: COMMAND_LIMIT_MS });
  if (code !== 0) throw new Error(`deephealth ${args[0]} ended with ${code}.\n${lastLines(stdout + stderr)}`);
  return stdout;
}

async function checkAnswers({ root, name, report, scratch, server, toGoldenInputs }, models) {
  const { createRuntimeClient, toNamedInputs } = await import('@deephealth/sdk');
  const client = createRuntimeClient({ address: server.address });
  try {
    for (const model of models) {
      await report.check(name, `${model.name} reproduces PyTorch's answer when it is verified, and serves`, () => {
        const found = server.models.find((served) => served.name === model.name);
        expectEqual('state', found?.state, 'READY');
      });
      const [first] = model.cases;
      await report.check(name, `deephealth predict ${model.name} gives PyTorch's answer`, async () => {
        const file = writeInput(scratch, model, toGoldenInputs(model, first));
        const args = ['predict', '--address', server.address, model.name, file, '--json'];
        const { findings } = JSON.parse(await deephealth(root, args));
        expectAnswer(first, findings, (data) => Buffer.from(data, 'base64'));
      });
      for (const one of model.cases) {
        const shapes = Object.values(one.inputs).map(({ shape }) => shape.join('x'));
        await report.check(name, `${model.name} gives PyTorch's answer to ${shapes.join(' and ')}`, async () => {
          const inputs = toNamedInputs(toGoldenInputs(model, one));
          const { findings } = await client.predict({ modelName: model.name, inputs });
          expectAnswer(one, findings, (data) => data);
        });
      }
    }
  } finally {
    client.close();
  }
}

/** The file that a user would have: a picture, or tensors as JSON. */
function writeInput(scratch, model, golden) {
  if (model.isImage) {
    const file = join(scratch, `${model.name}.png`);
    writeFileSync(file, Buffer.from(golden.x.image.base64, 'base64'));
    return file;
  }
  const file = join(scratch, `${model.name}.json`);
  writeFileSync(file, JSON.stringify({ inputs: golden }));
  return file;
}

/**
 * Holds tensors to PyTorch's in FP64 by the numeric policy of docs/package-format.md, with the largest value
 * of a tensor as its scale, and prints how far it and PyTorch's own FP32 are away.
 */
function expectAnswer({ fp32, fp64 }, findings, bytesOf) {
  for (const [output, expected] of Object.entries(fp64)) {
    const tensor = findings.find((finding) => finding.name === output)?.tensor;
    expectTrue(`there is a tensor ${output}`, tensor !== undefined);
    expectEqual(`shape of ${output}`, tensor.shape.map(Number), expected.shape);
    const bytes = bytesOf(tensor.data);
    const ours = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    const exact = arrayOf(expected, Float64Array);
    const theirs = arrayOf(fp32[output], Float32Array);
    const scale = exact.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const [error, own] = [ours, theirs].map((values) => largestDifference(values, exact) / scale);
    process.stderr.write(`        ${output}: ${error.toExponential(1)}, PyTorch in FP32 ${own.toExponential(1)}\n`);
    expectTrue(`${output} is within ${MOST_ERROR} of ${scale}, it is ${error}`, error <= MOST_ERROR);
  }
}

/** 16 eps of FP32: the profile "strict". */
const MOST_ERROR = 16 * 2 ** -23;

function arrayOf({ file }, Type) {
  const bytes = readFileSync(file);
  return new Type(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** NaN is a difference without end. */
function largestDifference(values, exact) {
  return exact.reduce((most, value, i) => {
    const difference = Math.abs(values[i] - value);
    return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(most, difference);
  }, 0);
}
