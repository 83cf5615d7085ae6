// Deployment files under the tools of their fields, and an installation in a plain folder that is started, asked,
// given a new certificate and stopped as the files say.
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expectEqual, expectTrue } from './check-report.mjs';
import { unpackDebianPackage } from './debian-packages.mjs';
import { installationChecks } from './deployment/installation-checks.mjs';
import { installGoProgram } from './go-program.mjs';
import { peerFolder } from './peer-folder.mjs';
import { installPythonPeer } from './python-peer.mjs';
import { lastLines, runProcess } from './run-process.mjs';
import { Skipped } from './skipped.mjs';

const KUBERNETES = '1.34';
const LIMIT_MS = 120_000;
/** To compile it takes five minutes of a processor, which not every run should spend. */
const HELM = { module: 'helm.sh/helm/v3/cmd/helm', version: 'v3.22.0' };
const WITH_HELM = 'DEEPHEALTH_INTEROP_HELM';

export async function installDeployment(root, name) {
  const venvPython = await installPythonPeer(root, name, { withDependencies: false });
  const promtool = await orSkipped(() => installPromtool(root));
  const helm = process.env[WITH_HELM]
    ? await orSkipped(() => installGoProgram(root, 'helm', HELM))
    : { skipped: `Helm is compiled for it, which takes minutes: set ${WITH_HELM}=1.` };
  return { venvPython, promtool, helm };
}

async function orSkipped(install) {
  try {
    return { path: await install() };
  } catch (thrown) {
    if (thrown instanceof Skipped) return { skipped: thrown.message };
    throw thrown;
  }
}

/** Of Debian's package of Prometheus, which is not started. */
async function installPromtool(root) {
  const folder = peerFolder(root, 'prometheus');
  const program = join(folder, 'root', 'usr', 'bin', 'promtool');
  if (!existsSync(program)) await unpackDebianPackage(folder, 'prometheus');
  return existsSync(program) ? program : 'promtool';
}

export async function runDeploymentChecks({ venvPython, promtool, helm }, { root, name, scratch }, report) {
  const check = (sentence, run) => report.check(name, sentence, run);
  const files = join(root, 'samples', 'deploy');
  const tool = (program) => join(venvPython, '..', program);
  const within = (folder) => readdirSync(join(files, folder)).map((file) => join(files, folder, file));

  await check('hadolint finds nothing in the container file', () =>
    quiet(tool('hadolint'), ['--no-color', join(files, 'container', 'Containerfile')]),
  );
  const manifests = within('kubernetes').filter((file) => file.endsWith('.yaml') && !file.includes('kustomization'));
  await check('every manifest of Kubernetes is what its schema says', () =>
    ends(tool('kubernetes-validate'), ['--strict', '-k', KUBERNETES, ...manifests]),
  );
  await check("a manifest with a field that is none is found out by Kubernetes' schema", async () => {
    const wrong = changed(join(files, 'kubernetes', 'stateful-set.yaml'), scratch, (text) =>
      text.replace('readOnlyRootFilesystem', 'readOnlyRootFileSystem'),
    );
    const { code } = await runProcess(tool('kubernetes-validate'), ['--strict', '-k', KUBERNETES, wrong], {
      limitMs: LIMIT_MS,
    });
    expectTrue('exit code is not 0', code !== 0);
  });
  const kserve = (paths) => [join(root, 'interop', name, 'check_kserve.py'), ...paths];
  await check("manifests of KServe hold what KServe's own models know", () =>
    quiet(venvPython, kserve(within('kserve'))),
  );
  await check("a field that is none is found out by KServe's models", async () => {
    const wrong = changed(join(files, 'kserve', 'serving-runtime.yaml'), scratch, (text) =>
      text.replace('protocolVersions', 'protocolVersion'),
    );
    const { stdout } = await runProcess(venvPython, kserve([wrong]), { limitMs: LIMIT_MS });
    expectEqual('found', stdout.trim(), 'ServingRuntime.spec.protocolVersion: no such field');
  });
  if (promtool.path === undefined) report.skip(name, `alarms of Prometheus: ${promtool.skipped}`);
  else await prometheusChecks(promtool.path, join(files, 'prometheus'), check);
  if (helm.path === undefined) report.skip(name, helm.skipped);
  else await helmChecks(helm.path, { files, scratch, validate: tool('kubernetes-validate') }, check);
  await systemdChecks(join(files, 'systemd', 'deephealth.service'), { name, scratch }, report);
  await installationChecks({ root, files, scratch }, check);
}

async function prometheusChecks(promtool, folder, check) {
  await check('promtool takes the alarms', () => ends(promtool, ['check', 'rules', join(folder, 'rules.yaml')]));
  await check('alarms fire when they should, and not before', () =>
    ends(promtool, ['test', 'rules', join(folder, 'rules-test.yaml')]),
  );
  await check('promtool takes the job that reads the metrics', () =>
    ends(promtool, ['check', 'config', '--syntax-only', join(folder, 'scrape.yaml')]),
  );
}

async function helmChecks(helm, { files, scratch, validate }, check) {
  const chart = join(files, 'helm', 'deephealth');
  await check('helm lint finds nothing', () => ends(helm, ['lint', '--strict', chart]));
  const more = ['--set', `replicas=3,config.audit.retentionDays=30,image.digest=sha256:${'0'.repeat(64)}`];
  for (const [title, values] of [
    ['as they are', []],
    ['with other values', more],
  ]) {
    await check(`what the chart makes with values ${title} is what Kubernetes' schema says`, async () => {
      const { code, stdout, stderr } = await runProcess(
        helm,
        ['template', 'ward', chart, '--kube-version', `${KUBERNETES}.0`, ...values],
        { limitMs: LIMIT_MS },
      );
      expectEqual(lastLines(stderr), code, 0);
      const rendered = join(scratch, 'rendered.yaml');
      writeFileSync(rendered, stdout);
      await ends(validate, ['--strict', '-k', KUBERNETES, rendered]);
    });
  }
  await check('values that cannot be are refused by the schema of the chart', async () => {
    const { code, stderr } = await runProcess(
      helm,
      ['template', 'ward', chart, '--kube-version', `${KUBERNETES}.0`, '--set', 'replicas=0'],
      { limitMs: LIMIT_MS },
    );
    expectTrue('refused', code !== 0 && stderr.includes('/replicas'));
  });
}

/** Exposure of 10 is a service without any limit; systemd itself calls what is below 2 "OK" and below 1 "safe". */
const MOST_EXPOSURE = 2;

async function systemdChecks(unit, { name, scratch }, report) {
  const { code } = await runProcess('systemd-analyze', ['--version'], { limitMs: LIMIT_MS });
  if (code !== 0) return report.skip(name, 'the unit of systemd: there is no systemd-analyze here.');
  await report.check(name, 'systemd takes every line of the unit', async () => {
    // It looks for the programs of the unit, too: any that is there will do.
    const there = changed(unit, scratch, (text) =>
      text.replaceAll('/opt/deephealth/current/node_modules/.bin/deephealth', process.execPath),
    );
    const { stdout, stderr } = await runProcess('systemd-analyze', ['verify', '--man=no', there], {
      limitMs: LIMIT_MS,
    });
    expectEqual('what it says of the unit', linesOf(stdout + stderr, 'deephealth'), []);
  });
  await report.check(name, `systemd finds the unit exposed by less than ${MOST_EXPOSURE} of 10`, async () => {
    const { stdout } = await runProcess('systemd-analyze', ['security', '--offline=true', '--no-pager', unit], {
      limitMs: LIMIT_MS,
    });
    const [, exposure] = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout) ?? [];
    expectTrue(`${exposure} is less than ${MOST_EXPOSURE}`, Number(exposure) < MOST_EXPOSURE);
  });
}

const linesOf = (text, wanted) => text.split('\n').filter((line) => line.includes(wanted));

/** Ends with 0, or its last words say why not. */
async function ends(program, args) {
  const { code, stdout, stderr } = await runProcess(program, args, { limitMs: LIMIT_MS });
  expectEqual(lastLines(stdout + stderr), code, 0);
}

/** The same, and says nothing. */
async function quiet(program, args) {
  const { code, stdout, stderr } = await runProcess(program, args, { limitMs: LIMIT_MS });
  expectEqual('exit code and output', [code, (stdout + stderr).trim()], [0, '']);
}

/** A changed copy of a file, under its own name. */
function changed(path, scratch, change) {
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  expectTrue(`${basename(path)} has what is changed`, after !== before);
  const copy = join(mkdtempSync(join(scratch, 'changed-')), basename(path));
  writeFileSync(copy, after);
  return copy;
}
