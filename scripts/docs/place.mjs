// What lies in the folder in which a page is run.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

const REFERENCES = {
  generic: 'reference-adapter',
  'clinical-decision-support': 'reference-cds',
  'digital-pathology': 'reference-pathology',
  expressif: 'reference-expressif',
  piaf: 'reference-piaf',
};
const PROGRAM_OF = (root, name, args = '"$@"') =>
  `#!/bin/sh\nexec node '${join(root, 'conformance', 'bin', `${name}.mjs`)}' ${args}\n`;

/** What pages name and a reader brings: how it comes here, and from where, for people. */
export const BROUGHT = {
  'answers.json': copied('scripts/docs/brought/answers.json'),
  'patient.json': copied('samples/inputs/heart-disease-risk/high-risk.json'),
  'image.png': copied('samples/inputs/chest-xray-pneumonia/one-dense-lung.png'),
  'model.onnx': copied('samples/models/chest-xray-pneumonia/1.0.0/model.onnx'),
  'slide.svs': copied('../shared/data/pathology/cmu-1-small-region.svs'),
  'call.json': copied('scripts/docs/brought/call.json'),
  'chains.json': copied('scripts/docs/brought/chains.json'),
  'dataset.yml': copied('scripts/docs/brought/dataset.yml'),
  'labels.csv': copied('scripts/docs/brought/labels.csv'),
  xrays: copied('samples/inputs/chest-xray-pneumonia'),
  node_modules: linked('node_modules'),
  adapters: linked('adapters'),
  proto: linked('proto'),
  'samples/clients': linked('samples/clients'),
  'my-runtime': {
    from: 'the reference runtime of the conformance suite, with the fault that `mutant` names',
    lay: ({ root, target, options }) =>
      // It knows the suite's models by itself, and takes a free port.
      program(target, PROGRAM_OF(root, 'reference', options.mutant ? `--mutant ${options.mutant}` : '')),
  },
  'my-adapter': {
    from: 'the reference adapter of the conformance suite for the `platform`',
    lay: ({ root, target, options }) => program(target, PROGRAM_OF(root, REFERENCES[options.platform ?? 'generic'])),
  },
  'my-service': {
    from: 'the same for a service that runs chains',
    lay: ({ root, target }) => program(target, PROGRAM_OF(root, REFERENCES.piaf)),
  },
  'my-models/my-model': {
    from: 'the chest X-ray model under this name, as a finished package without sums',
    lay: ({ root, target }) => packageOf(root, 'chest-xray-pneumonia', target, { name: 'my-model', sums: false }),
  },
  'my-models/tumour': {
    from: 'the tissue model as version 2.1.0 of another name',
    lay: ({ root, target }) => packageOf(root, 'tissue-pixels', target, { name: 'tumour', version: '2.1.0' }),
  },
  'two-versions': {
    from: 'the heart model, once as 1.0.0 and once as 2.0.0',
    lay: ({ root, folder }) => {
      const target = join(folder, 'samples', 'models', 'heart-disease-risk');
      packageOf(root, 'heart-disease-risk', target, {});
      packageOf(root, 'heart-disease-risk', target, { version: '2.0.0' });
    },
  },
  tls: { from: 'a certificate of its own and its key', lay: ({ target }) => certificate(target) },
};

function copied(from) {
  return {
    from: `\`${from}\``,
    lacks: (root) => (existsSync(join(root, from)) ? undefined : from),
    lay: ({ root, target }) => cpSync(join(root, from), target, { recursive: true }),
  };
}

function linked(from) {
  return { from: `\`${from}\``, lay: ({ root, target }) => symlinkSync(join(root, from), target) };
}

/**
 * Lays what the mark of a block asks for, and leaves what is there already:
 *   models=NAME NAME   these sample models, in samples/models or where `as` says
 *   with=NAME NAME     of what a reader brings, which replaces what is there
 * samples/inputs, samples/rules and samples/add are always there. Gives what this machine lacks, undefined if nothing.
 */
export function lay(root, folder, options) {
  const { models = '', as = 'samples/models', with: brought = '' } = options;
  const copy = (from, to) => {
    if (!existsSync(join(folder, to))) cpSync(join(root, from), join(folder, to), { recursive: true });
  };
  copy('samples/inputs', 'samples/inputs');
  copy('samples/rules', 'samples/rules');
  copy('samples/add', 'samples/add');
  for (const name of split(models)) copy(`samples/models/${name}`, `${as}/${name}`);
  for (const name of split(brought)) {
    const one = BROUGHT[name];
    if (one === undefined) throw new Error(`Nobody brings "${name}": scripts/docs/place.mjs has no such name.`);
    const lacking = one.lacks?.(root);
    if (lacking !== undefined) return lacking;
    const target = join(folder, name);
    rmSync(target, { recursive: true, force: true });
    mkdirSync(dirname(target), { recursive: true });
    one.lay({ root, folder, target, options });
  }
  return undefined;
}

const split = (list) => list.split(/\s+/).filter((name) => name !== '');
const program = (path, text) => writeFileSync(path, text, { mode: 0o755 });

/** A sample model under another name or version, with sums that fit unless `sums` is false. */
function packageOf(root, model, target, { name = model, version = '1.0.0', sums = true }) {
  const folder = join(target, version);
  cpSync(join(root, 'samples', 'models', model, '1.0.0'), folder, { recursive: true });
  // What made the model is not of the package.
  for (const extra of ['training', 'package.py']) rmSync(join(folder, extra), { recursive: true, force: true });
  const manifest = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));
  writeFileSync(join(folder, 'model.json'), `${JSON.stringify({ ...manifest, name, version }, null, 2)}\n`);
  rmSync(join(folder, 'SHA256SUMS'), { force: true });
  if (!sums) return;
  const lines = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
    .map(
      (path) =>
        `${createHash('sha256')
          .update(readFileSync(join(folder, path)))
          .digest('hex')}  ${path}\n`,
    );
  writeFileSync(join(folder, 'SHA256SUMS'), lines.join(''));
}

function certificate(folder) {
  mkdirSync(folder);
  const [key, certificate] = ['cds.key', 'cds.pem'].map((name) => join(folder, name));
  const { status, stderr } = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'],
    ...['-subj', '/CN=cds.hospital.example', '-keyout', key, '-out', certificate],
  ]);
  if (status !== 0) throw new Error(`openssl made no certificate: ${stderr}`);
}
