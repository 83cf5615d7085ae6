// MLServer under the conformance suite: the suite's ONNX files in ONNX Runtime, under names of their own.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runConformanceChecks } from './conformance-checks.mjs';
import { Mlserver } from './mlserver-process.mjs';

/** NumPy, in which MLServer holds tensors, has no BF16. */
const NOT_SERVED = ['conformance-identity-bf16'];

export async function runMlserverConformanceChecks(venvPython, { root, name }, report) {
  const scratch = mkdtempSync(join(tmpdir(), 'deephealth-interop-conformance-'));
  let mlserver;
  try {
    const map = await writeModels(root, scratch);
    const mapFile = join(scratch, 'models-map.json');
    writeFileSync(mapFile, JSON.stringify({ models: map }));
    const names = Object.values(map).map((model) => model.name);
    mlserver = new Mlserver(root, venvPython, join(scratch, 'mlserver'), names);
    await mlserver.start();
    const { address, httpAddress } = mlserver;
    const flags = ['--target', address, '--http-target', httpAddress, '--models-map', mapFile];
    await runConformanceChecks({ root, name, flags }, report);
  } finally {
    await mlserver?.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Writes models of MLServer below `scratch`; gives the map that the suite takes. */
async function writeModels(root, scratch) {
  const suite = await import('@deephealth/conformance');
  const packages = join(scratch, 'packages');
  suite.writeModels(packages, suite.OIP_MODELS);
  const folder = join(scratch, 'mlserver');
  mkdirSync(folder);
  copyFileSync(join(root, 'interop', 'mlserver_remote', 'settings.json'), join(folder, 'settings.json'));
  const served = suite.OIP_MODELS.filter((model) => !NOT_SERVED.includes(model.name));
  return Object.fromEntries(
    served.map((model) => {
      const name = model.name.replace('conformance-', 'suite-');
      const own = join(folder, name);
      mkdirSync(own);
      copyFileSync(join(packages, model.name, model.version, 'model.onnx'), join(own, 'model.onnx'));
      const settings = { name, implementation: 'runtime.OnnxModel', parameters: { version: '1' }, versions: ['1'] };
      writeFileSync(join(own, 'model-settings.json'), JSON.stringify(settings));
      return [model.name, { name }];
    }),
  );
}
