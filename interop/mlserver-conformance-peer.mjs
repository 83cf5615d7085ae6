// The conformance suite, profile oip, against MLServer: what it finds is known, and must stay what it is.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectEqual, expectTrue } from './check-report.mjs';
import { Mlserver } from './mlserver-process.mjs';
import { runProcess } from './run-process.mjs';

const RUN_LIMIT_MS = 150_000;
/** NumPy, in which MLServer holds tensors, has no BF16. */
const NOT_SERVED = ['conformance-identity-bf16'];

export async function runMlserverConformanceChecks(venvPython, { root, name }, report) {
  const scratch = mkdtempSync(join(tmpdir(), 'deephealth-interop-conformance-'));
  const check = (sentence, run) => report.check(name, sentence, run);
  let mlserver;
  try {
    const map = await writeMlserverModels(root, join(scratch, 'mlserver'));
    const mapFile = join(scratch, 'models-map.json');
    writeFileSync(mapFile, JSON.stringify({ models: map }));
    const names = Object.values(map).map((model) => model.name);
    mlserver = new Mlserver(root, venvPython, join(scratch, 'mlserver'), names);
    await mlserver.start();
    const { address, httpAddress } = mlserver;
    const command = [
      join(root, 'cli', 'bin', 'deephealth.mjs'),
      'conformance',
      'runtime',
      '--profile',
      'oip',
      '--json',
    ];
    const targets = ['--target', address, '--http-target', httpAddress, '--models-map', mapFile];
    const { stdout, stderr } = await runProcess(process.execPath, [...command, ...targets], { limitMs: RUN_LIMIT_MS });
    let results;
    await check('the suite runs to its end', () => {
      results = JSON.parse(stdout).results;
      expectTrue(`results\n${stderr}`, results.length > 100);
    });
    await check('the suite itself has no fault', () => {
      expectEqual(
        'errors',
        results.filter(({ status }) => status === 'error'),
        [],
      );
    });
    await check('it finds what is written in findings.json, and nothing else', () => {
      const file = join(root, 'interop', name, 'findings.json');
      if (process.env.WRITE_FINDINGS) writeFileSync(file, `${JSON.stringify(findingsOf(results), null, 2)}\n`);
      expectEqual('findings', findingsOf(results), JSON.parse(readFileSync(file, 'utf8')));
    });
  } finally {
    await mlserver?.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * Every model of the suite but those that cannot be served, as models of MLServer under names of their own;
 * gives the map that the suite takes.
 */
export async function writeMlserverModels(root, folder) {
  const { OIP_MODELS, writeModels } = await import('@deephealth/conformance');
  const packages = join(folder, '..', 'packages');
  writeModels(packages, OIP_MODELS);
  mkdirSync(folder);
  copyFileSync(join(root, 'interop', 'mlserver_remote', 'settings.json'), join(folder, 'settings.json'));
  const served = OIP_MODELS.filter((model) => !NOT_SERVED.includes(model.name));
  return Object.fromEntries(
    served.map((model) => {
      const ownName = model.name.replace('conformance-', 'suite-');
      const own = join(folder, ownName);
      mkdirSync(own);
      copyFileSync(join(packages, model.name, model.version, 'model.onnx'), join(own, 'model.onnx'));
      const settings = {
        name: ownName,
        implementation: 'runtime.OnnxModel',
        parameters: { version: '1' },
        versions: ['1'],
      };
      writeFileSync(join(own, 'model-settings.json'), JSON.stringify(settings));
      return [model.name, { name: ownName }];
    }),
  );
}

/** What was not passed, by status: cases with their parameters. */
function findingsOf(results) {
  const findings = {};
  for (const { id, parameters, status } of results) {
    if (status === 'pass') continue;
    findings[status] ??= [];
    findings[status].push(parameters === '' ? id : `${id}[${parameters}]`);
  }
  return findings;
}
