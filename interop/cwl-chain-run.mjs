// Runs a chain of a package by commands, and by any engine for CWL; gives the digests of what comes out.
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';
import { LOOPBACK_ENVIRONMENT } from './loopback-environment.mjs';
import { lastLines, runProcess } from './run-process.mjs';

// Toil takes half a minute for what takes seconds elsewhere, and several times that on a machine with other work.
const LIMIT_MS = 400_000;

/** What a chain is run over: { packageFolder, label, studies (paths), kinds ('File' or 'Directory' of each), uidKey }. */

/** Puts the command `deephealth` of this tree into a folder for the PATH; gives the environment that has it. */
export function commandEnvironment(root, bin, otherFolders = []) {
  mkdirSync(bin, { recursive: true });
  const path = join(bin, 'deephealth');
  writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'cli', 'bin', 'deephealth.mjs')}' "$@"\n`);
  chmodSync(path, 0o755);
  return { ...LOOPBACK_ENVIRONMENT, PATH: [bin, ...otherFolders, process.env.PATH].join(delimiter) };
}

/** Writes a chain's documents; gives { chain, workflow, packed, jobTemplate } with their paths. */
export async function writeChainDocuments(packageFolder, label, folder) {
  const piaf = await import('@deephealth/adapter-piaf');
  const found = await piaf.readChainPackage(packageFolder);
  const binding = piaf.chainOf(found, label);
  const chain = { manifest: found.manifest, packageSha256: found.packageSha256, binding };
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of piaf.exportCwl(chain)) writeFileSync(join(folder, name), text);
  const pathOf = (name) => join(folder, piaf.CWL_FILES[name]);
  return { chain, workflow: pathOf('workflow'), packed: pathOf('packed'), jobTemplate: pathOf('jobTemplate') };
}

/** Writes a job order for the run; gives its path. */
export function writeJobOrder(path, { packageFolder, studies, kinds = [], uidKey, parameters = {} }) {
  const file = (one) => ({ class: 'File', path: one });
  const order = {
    package: { class: 'Directory', path: packageFolder },
    studies: studies.map((one, index) => ({ class: kinds[index] ?? 'File', path: one })),
    uid_key: uidKey === undefined ? null : file(uidKey),
    ...parameters,
  };
  writeFileSync(path, JSON.stringify(order, null, 2));
  return path;
}

/** A copy of a package whose chains take fewer items a chunk, so that a few studies are several tasks. */
export async function withSmallChunks(packageFolder, target, items) {
  const { writeChecksums } = await import('@deephealth/sdk');
  mkdirSync(join(target, '..'), { recursive: true });
  cpSync(packageFolder, target, { recursive: true });
  const file = join(target, 'bindings', 'processing-chain.json');
  const binding = JSON.parse(readFileSync(file, 'utf8'));
  for (const chain of binding.chains) chain.chunk.items = items;
  writeFileSync(file, JSON.stringify(binding, null, 2));
  await writeChecksums(target);
  return target;
}

/**
 * Runs a workflow that {@link writeChainDocuments} wrote by an engine, such as `['cwltool', '--quiet']`; its
 * command is completed by `--outdir`, workflow and job order, and runs in `folder`, which is new each time. Gives
 * { seconds, hashes } of the files of the results, by their paths.
 */
export async function runCwlChain({ engine, workflow, job, folder, env, limitMs = LIMIT_MS }) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const out = join(folder, 'out');
  const [program, ...args] = engine;
  const started = performance.now();
  const ended = await runProcess(program, [...args, '--outdir', out, workflow, job], { limitMs, cwd: folder, env });
  if (ended.code !== 0) throw new Error(`${program} ended with ${ended.code}.\n${lastLines(ended.stderr, 40)}`);
  return { seconds: secondsSince(started), hashes: hashesOf(join(out, 'results')) };
}

/** The same by the commands alone, one after the other. */
export async function runStepsLocally({ root, run, folder, env }) {
  const { packageFolder, label, studies, uidKey, parameters = {} } = run;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const chosen = ['--package', packageFolder, '--chain', label];
  const started = performance.now();
  const step = async (...args) => {
    const command = [join(root, 'cli', 'bin', 'deephealth.mjs'), 'chain', ...args];
    const { code, stderr } = await runProcess(process.execPath, command, { limitMs: LIMIT_MS, cwd: folder, env });
    if (code !== 0) throw new Error(`deephealth chain ${args[0]} ended with ${code}.\n${lastLines(stderr)}`);
  };
  const values = Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
  const key = uidKey === undefined ? [] : ['--uid-key-file', uidKey];
  await step('stage-in', ...chosen, ...values, ...key, '--out', 'staged', ...studies);
  await step('chunk', ...chosen, '--staged', 'staged', '--out', 'chunks');
  const chunks = readdirSync(join(folder, 'chunks')).sort();
  for (const chunk of chunks) {
    const part = join('parts', chunk.replace('.json', ''));
    await step('infer', ...chosen, '--staged', 'staged', '--chunk', join('chunks', chunk), '--out', part);
  }
  await step('merge', ...chosen, '--staged', 'staged', '--parts-folder', 'parts', '--out', 'result');
  await step('stage-out', '--result', 'result', '--out', 'results');
  return { seconds: secondsSince(started), hashes: hashesOf(join(folder, 'results')), chunks: chunks.length };
}

/** SHA-256 of each file below a folder, by its path, in order. */
export function hashesOf(folder) {
  if (!existsSync(folder)) return {};
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(
    paths.map((path) => [relative(folder, path), createHash('sha256').update(readFileSync(path)).digest('hex')]),
  );
}

/** The same of the results of a run, but for its crate, which has to be there and tells of times and of the run. */
export function hashesOfRun(folder) {
  const { 'ro-crate-metadata.json': crate, 'workflow.cwl': workflow, ...artefacts } = hashesOf(folder);
  if (crate === undefined || workflow === undefined) throw new Error('The results of the run lack their crate.');
  return artefacts;
}

const secondsSince = (started) => (performance.now() - started) / 1000;
