// The steps of a chain with a stand-in for the model: what `deephealth chain` does, at the speed of tests. It notes
// each question in asked.log beside the steps' folders, and waits, fails or dies where the item's text says so.
import { appendFileSync, readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { chainOf, inferChunk, mergeParts, readChainPackage, stageIn } from '@deephealth/adapter-piaf';
import { DeepHealthError } from '@deephealth/sdk';

const [, step, ...args] = process.argv.slice(2);
const texts = ['package', 'chain', 'attempt-file', 'inputs-file', 'uid-key-file', 'staged', 'chunk', 'out', 'address'];
const { values } = parseArgs({
  args,
  options: {
    ...Object.fromEntries([...texts, 'parts-folder'].map((name) => [name, { type: 'string' }])),
    param: { type: 'string', multiple: true },
  },
});

if (process.env.DEEPHEALTH_END_WITH_INPUT === '1') {
  process.stdin.on('close', () => process.exit(1)).resume();
  process.stdin.unref();
}

const OK = { engine: 'stand-in/1', executionProvider: 'cpu' };

/** Of a study that is no table, something of its bytes. */
function ageOf(path) {
  if (!path.endsWith('.json')) return 10 + (readFileSync(path).length % 80);
  const { age } = JSON.parse(readFileSync(path, 'utf8'));
  return age.value ?? age;
}

function predictor(model, log) {
  const { name, version } = model.manifest;
  return {
    maxInFlight: 1,
    async predict({ item, path, signal }) {
      const age = ageOf(path);
      appendFileSync(log, `${item.item}\n`);
      // The age of the item tells what becomes of it.
      if (age === 1) throw new DeepHealthError('DH_VALUE_OUT_OF_RANGE', 'The age is out of its range.');
      if (age === 2) process.exit(3);
      if (age === 3) await wait(3_600_000, undefined, { signal });
      if (
        age === 4 &&
        readFileSync(log, 'utf8')
          .split('\n')
          .filter((line) => line === item.item).length === 1
      ) {
        process.kill(process.pid, 'SIGKILL');
        await wait(10_000);
      }
      if (age === 5) throw new Error('/home/secret is not a sentence for callers');
      if (age === 6) {
        const held = Buffer.alloc(400 * 2 ** 20, 1);
        await wait(3_600_000, held, { signal });
      }
      await wait(age % 10);
      return {
        model: { name, version, packageSha256: model.packageSha256, onnxSha256: '' },
        ranOn: OK,
        findings: [{ name: 'risk', score: age / 100 }],
        warnings: [],
        files: [],
      };
    },
  };
}

const steps = {
  async 'stage-in'(model, chain) {
    const parameters = Object.fromEntries(
      (values.param ?? []).map((one) => {
        const [name, value] = one.split('=');
        return [name, value === 'true' || value === 'false' ? value === 'true' : Number(value)];
      }),
    );
    await stageIn({
      ...{ package: model, chain, parameters, out: values.out, uidKey: await readFile(values['uid-key-file']) },
      inputs: JSON.parse(await readFile(values['inputs-file'], 'utf8')),
    });
  },
  async infer(model, chain) {
    await inferChunk({
      ...{ package: model, chain, staged: values.staged, chunkFile: values.chunk, out: values.out },
      signal: new AbortController().signal,
      predictor: async () => predictor(model, join(dirname(values.staged), 'asked.log')),
    });
  },
  async merge(model, chain) {
    const names = (await readdir(values['parts-folder'])).filter((name) => !name.startsWith('.'));
    const parts = names.map((name) => join(values['parts-folder'], name));
    await mergeParts({ package: model, chain, staged: values.staged, parts, out: values.out });
  },
};

try {
  const model = await readChainPackage(values.package);
  await steps[step](model, chainOf(model, values.chain));
} catch (thrown) {
  const { code, message } = DeepHealthError.from(thrown);
  await writeFile(values['attempt-file'], JSON.stringify({ code, message }));
  process.exit(1);
}
