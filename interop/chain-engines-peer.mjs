// One chain of slides under every engine: the same bytes, and what each engine takes beside the work itself.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expectEqual, expectTrue } from './check-report.mjs';
import {
  commandEnvironment,
  hashesOfRun,
  runCwlChain,
  runStepsLocally,
  withSmallChunks,
  writeChainDocuments,
  writeJobOrder,
} from './cwl-chain-run.mjs';
import { installPythonPeer } from './python-peer.mjs';
import { lastLines, runProcess } from './run-process.mjs';
import { startSlurm } from './slurm-cluster.mjs';
import { installSlurm } from './slurm-install.mjs';

const LIMIT_MS = 240_000;
/** Toil asks Slurm for news this often, in seconds; its default is for clusters. */
const TOIL_ON_SLURM = [
  ...['toil-cwl-runner', '--no-container', '--batchSystem', 'slurm', '--statePollingWait', '1'],
  ...['--defaultMemory', '200Mi', '--defaultCores', '1', '--jobStore', 'jobs', '--workDir', '.'],
];

export async function installChainEngines(root) {
  return { venvPython: await installPythonPeer(root, 'cwl_chains'), slurm: await installSlurm(root) };
}

export async function runChainEnginesChecks({ venvPython, slurm }, { root, name, scratch }, report) {
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  const cohort = cohortOf(root);
  const home = join(root, 'samples', 'models', cohort.model, '1.0.0');
  const packageFolder = await withSmallChunks(home, join(folder, 'packages', cohort.model, '1.0.0'), cohort.items);
  const uidKey = join(folder, 'uid-key');
  writeFileSync(uidKey, 'of the checks of engines');
  const run = { packageFolder, label: cohort.label, studies: cohort.studies, uidKey };
  const cluster = await startSlurm({ installed: slurm });
  try {
    const env = { ...commandEnvironment(root, join(folder, 'bin'), [dirname(venvPython)]) };
    const onSlurm = {
      ...env,
      ...cluster.environment,
      PATH: [env.PATH, cluster.environment.PATH].join(':'),
    };
    const chain = await writeChainDocuments(packageFolder, cohort.label, join(folder, 'chain'));
    const job = writeJobOrder(join(folder, 'job.json'), run);
    const alone = await runStepsLocally({ root, run, folder: join(folder, 'alone'), env });
    const files = Object.keys(alone.hashes).length;
    process.stderr.write(
      `        ${cohort.studies.length} of ${cohort.model} in ${alone.chunks} chunks, ${files} artefacts; the steps alone, one after the other: ${alone.seconds.toFixed(1)} s\n`,
    );
    const same = (engine, { hashes, seconds }) => {
      expectEqual('SHA-256 of the artefacts', hashes, alone.hashes);
      const beside = seconds - alone.seconds;
      process.stderr.write(
        `        ${engine}: ${seconds.toFixed(1)} s, ${beside < 0 ? 'saves' : 'takes'} ${Math.abs(beside).toFixed(1)} s against the steps alone\n`,
      );
    };
    const batch = (out, backend, environment) => runBatch({ root, run, out: join(folder, out), backend, environment });
    await report.check(name, 'a chain gives several parts and artefacts to compare', () => {
      expectTrue('chunks', alone.chunks > 1);
      expectTrue('artefacts', files > 4);
    });
    // Toil waits for its workers more than it works, so its run stands beside all others.
    await Promise.all([
      report.check(name, 'Toil on Slurm makes the same artefacts of the packed workflow', async () => {
        const at = { engine: TOIL_ON_SLURM, workflow: chain.packed, job, env: onSlurm };
        same('Toil on Slurm', await runCwlChain({ ...at, folder: join(folder, 'by-toil') }));
      }),
      (async () => {
        await report.check(name, 'the local pool makes the same artefacts', async () =>
          same('local pool', await batch('by-pool', ['--backend', 'local'], env)),
        );
        await report.check(name, 'cwltool makes the same artefacts of the exported workflow', async () => {
          const at = { engine: ['cwltool', '--quiet', '--parallel'], workflow: chain.workflow, job, env };
          same('cwltool', await runCwlChain({ ...at, folder: join(folder, 'by-cwltool') }));
        });
        await report.check(name, 'our Slurm backend makes the same artefacts', async () => {
          const config = join(folder, 'slurm.json');
          writeFileSync(config, JSON.stringify({ kind: 'slurm', pollIntervalMs: 500 }));
          same('our Slurm backend', await batch('by-slurm', ['--backend-config', config], onSlurm));
        });
      })(),
    ]);
  } finally {
    await cluster.stop();
  }
}

/** Two real slides where they are there, else the crops that ship with the samples. */
function cohortOf(root) {
  const pathology = join(root, '..', 'shared', 'data', 'pathology');
  const slides = [join(pathology, 'cmu-1-small-region.svs'), join(pathology, 'camelyon.dcm')];
  if (slides.every(existsSync)) return { model: 'tissue-pixels', label: 'tissue-map', studies: slides, items: 1 };
  const inputs = join(root, 'samples', 'inputs', 'hippocampus-volume');
  const studies = readdirSync(inputs)
    .filter((file) => /\.nii(\.gz)?$/.test(file))
    .map((file) => join(inputs, file));
  return { model: 'hippocampus-volume', label: 'segment', studies, items: 1 };
}

async function runBatch({ root, run, out, backend, environment }) {
  const { packageFolder, label, studies, uidKey } = run;
  const started = performance.now();
  const args = [
    'batch',
    packageFolder,
    ...studies,
    '--chain',
    label,
    '--uid-key-file',
    uidKey,
    '--out',
    out,
    ...backend,
  ];
  const { code, stderr } = await runProcess(process.execPath, [join(root, 'cli', 'bin', 'deephealth.mjs'), ...args], {
    ...{ limitMs: LIMIT_MS, cwd: dirname(out), env: environment },
  });
  if (code !== 0) throw new Error(`deephealth batch for ${basename(out)} ended with ${code}.\n${lastLines(stderr)}`);
  return { seconds: (performance.now() - started) / 1000, hashes: hashesOfRun(out) };
}
