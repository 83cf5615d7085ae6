// cwltool, Toil and Boutiques: chains as we describe them, and our tasks by their engines.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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
import { demandingChain, packageOf, SAMPLE_CHAINS, writePatients } from './cwl-chains-cases.mjs';
import { runPythonChecks } from './python-peer.mjs';
import { lastLines, runProcess } from './run-process.mjs';

const LIMIT_MS = 400_000;
/** Toil asks its batch system for news this often, in seconds; its default is for clusters. */
const TOIL = ['toil-cwl-runner', '--no-container', '--statePollingWait', '1', '--jobStore', 'jobs'];
const CWLTOOL = ['cwltool', '--quiet', '--parallel'];

export async function runCwlChainsChecks(venvPython, { root, name, scratch }, report) {
  const folder = join(scratch, name);
  const documents = join(folder, 'documents');
  await writeDocuments(root, documents);
  report.add(await runPythonChecks(root, name, { venvPython, args: ['--folder', documents] }));

  const env = commandEnvironment(root, join(folder, 'bin'), [dirname(venvPython)]);
  const target = join(folder, 'packages', 'heart-disease-risk', '1.0.0');
  const packageFolder = await withSmallChunks(packageOf(root, 'heart-disease-risk'), target, 3);
  const uidKey = join(folder, 'uid-key');
  writeFileSync(uidKey, 'of the interoperability checks\n');
  const run = { packageFolder, label: 'risk', studies: writePatients(root, folder), uidKey };
  const chain = await writeChainDocuments(packageFolder, 'risk', join(folder, 'chain'));
  const job = writeJobOrder(join(folder, 'job.json'), run);
  const local = await runStepsLocally({ root, run, folder: join(folder, 'local'), env });
  const isSame = ({ hashes, seconds }, what) => {
    expectEqual('SHA-256 of the files of the result', hashes, local.hashes);
    process.stderr.write(
      `        ${what}: ${seconds.toFixed(1)} s; the commands alone: ${local.seconds.toFixed(1)} s\n`,
    );
  };
  const context = { root, folder, env, run, chain, isSame };
  await report.check(name, 'the commands alone give results, of several chunks', () => {
    expectEqual('chunks', local.chunks, 2);
    const results = readFileSync(join(folder, 'local', 'results', 'results.ndjson'), 'utf8')
      .trim()
      .split('\n');
    const statuses = results.map((line) => JSON.parse(line).status);
    expectEqual('statuses', statuses, [...Array(4).fill('predicted'), 'refused']);
  });
  const byEngine = (engine, workflow, sentence, at) =>
    report.check(name, sentence, async () => {
      isSame(await runCwlChain({ engine, workflow, job, folder: join(folder, at), env }), engine[0]);
    });
  const byBackend = (engine, sentence, at) =>
    report.check(name, sentence, () => checkBackend(context, engine, join(folder, at)));
  // Toil waits for its workers more than it works, so its runs stand beside all others.
  await Promise.all([
    byEngine(TOIL, chain.packed, 'Toil makes the same bytes of packed.cwl', 'by-toil'),
    byBackend(TOIL, "Toil does a run's tasks through the backend, to the same bytes", 'toil-run'),
    (async () => {
      await byEngine(CWLTOOL, chain.workflow, 'cwltool makes the same bytes of workflow.cwl', 'by-cwltool');
      await byBackend(CWLTOOL, "cwltool does a run's tasks through the backend, to the same bytes", 'a run');
      await report.check(name, 'bosh makes the same bytes of the descriptor', () => checkBosh(context, venvPython));
    })(),
  ]);
}

/** Each sample's documents twice: as its binding is, and with all that a binding may ask for. */
async function writeDocuments(root, folder) {
  const piaf = await import('@deephealth/adapter-piaf');
  for (const [model, label] of SAMPLE_CHAINS) {
    const found = await piaf.readChainPackage(packageOf(root, model));
    const { manifest, packageSha256 } = found;
    const chain = { manifest, packageSha256, binding: piaf.chainOf(found, label) };
    for (const [name, one] of [
      [model, chain],
      [`${model}-demanding`, demandingChain(chain)],
    ]) {
      mkdirSync(join(folder, name), { recursive: true });
      for (const [file, text] of piaf.exportCwl(one)) writeFileSync(join(folder, name, file), text);
      writeFileSync(join(folder, name, 'boutiques.json'), JSON.stringify(piaf.exportBoutiques(one), null, 2));
    }
  }
}

/** A run whose tasks an engine does, through the backend; its result beside that of the commands alone. */
async function checkBackend({ root, env, run, isSame }, engine, runFolder) {
  const piaf = await import('@deephealth/adapter-piaf');
  const found = await piaf.readChainPackage(run.packageFolder);
  const backend = piaf.createCwlBackend({ engine, environment: { ...process.env, ...env } });
  const started = performance.now();
  const states = [];
  const failure = await piaf.runBatch({
    package: found,
    chain: piaf.chainOf(found, run.label),
    inputs: run.studies.map((path) => ({ path })),
    parameters: {},
    runFolder,
    backend: {
      name: backend.name,
      run: (job, { report: told, ...rest }) =>
        backend.run(job, {
          ...rest,
          report(update) {
            states.push(update.state);
            told(update);
          },
        }),
      close: () => backend.close(),
    },
    program: [process.execPath, join(root, 'cli', 'bin', 'deephealth.mjs')],
    uidKeyFile: run.uidKey,
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  expectEqual('failure', failure, undefined);
  expectEqual('tasks that completed', states.filter((state) => state === 'COMPLETED').length, 2);
  isSame({ hashes: hashesOfRun(join(runFolder, 'result')), seconds: (performance.now() - started) / 1000 }, engine[0]);
  expectTrue('tasks left marks', readdirSync(join(runFolder, 'cwl', 'tasks')).length === 4);
}

async function checkBosh({ folder, env, run, chain, isSame }, venvPython) {
  const { exportBoutiques } = await import('@deephealth/adapter-piaf');
  const work = join(folder, 'by-bosh');
  mkdirSync(work, { recursive: true });
  writeFileSync(join(work, 'descriptor.json'), JSON.stringify(exportBoutiques(chain.chain)));
  const invocation = { package: run.packageFolder, studies: run.studies, uid_key: run.uidKey };
  writeFileSync(join(work, 'invocation.json'), JSON.stringify(invocation));
  const args = ['exec', 'launch', '--skip-data-collection', 'descriptor.json', 'invocation.json'];
  const started = performance.now();
  const bosh = join(dirname(venvPython), 'bosh');
  const { code, stdout, stderr } = await runProcess(bosh, args, { limitMs: LIMIT_MS, cwd: work, env });
  if (code !== 0) throw new Error(lastLines(stdout + stderr, 30));
  isSame({ hashes: hashesOfRun(join(work, 'results')), seconds: (performance.now() - started) / 1000 }, 'bosh');
}
