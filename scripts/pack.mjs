// npm run pack -- --out folder: everything that a vendor gets. The packages, the Python client and the documentation,
// a bill of materials, the list of what the packages need of others, and SHA256SUMS over all of it.
//   --without sbom,python   leaves parts out; what this machine cannot make is left out, too, and told
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { lockedPackages } from '../dependencies/licence-rules.mjs';
import { prepare } from './prepare.mjs';

const SKIPPED = 3;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({ options: { out: { type: 'string' }, without: { type: 'string', default: '' } } });
if (values.out === undefined) {
  process.stderr.write('Say where to: npm run pack -- --out folder\n');
  process.exit(2);
}
const output = resolve(values.out);
const without = new Set(values.without.split(','));
mkdirSync(output, { recursive: true });
if (readdirSync(output).length > 0) {
  process.stderr.write('The folder is not empty: what was there would be summed with what is packed now.\n');
  process.exit(2);
}
prepare(root);
const { packPackages, unpackPackage } = await import('../packaging/pack-packages.mjs');
const { packageFaults } = await import('../packaging/package-faults.mjs');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const { packages, addon } = await packPackages(root, output);
const faults = faultsOf(packages);
for (const fault of faults) process.stderr.write(`FAILED  ${fault}\n`);
if (faults.length > 0) process.exit(1);
const kib = (bytes) => `${Math.round(bytes / 1024)} KiB`;
for (const { file, sizeBytes, unpackedBytes, fileCount } of packages) {
  say(`${file}: ${kib(sizeBytes)}, ${kib(unpackedBytes)} in ${fileCount} files`);
}
say(`addon for ${process.platform}-${process.arch}: ${addon}`);
packDocs();
writeThirdParty();
if (!without.has('sbom')) await writeBill();
if (!without.has('python')) await writeWheel();
writeSums();

function say(line) {
  process.stdout.write(`${line}\n`);
}

function faultsOf(all) {
  const scratch = mkdtempSync(join(tmpdir(), 'deephealth-packed-'));
  try {
    const licence = readFileSync(join(root, 'LICENSE'));
    return all.flatMap(({ name, file }) => {
      const files = unpackPackage(join(output, file), join(scratch, name));
      return packageFaults(files, { root, licence }).map((fault) => `${name}: ${fault}`);
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The pages that READMEs of packages point to. */
function packDocs() {
  const name = `deephealth-docs-${version}.tar.gz`;
  const files = ['README.md', 'CHANGELOG.md', 'SECURITY.md', 'LICENSE', 'docs'];
  const plain = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=2000-01-01'];
  const isGnu = spawnSync('tar', ['--version'], { encoding: 'utf8' }).stdout?.includes('GNU tar');
  execFileSync('tar', [...(isGnu ? plain : []), '-czf', join(output, name), '-C', root, ...files]);
  say(name);
}

/** What a mirror of the registry has to hold for the packages to be installed from it, in the versions tested here. */
function writeThirdParty() {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const shipped = lockedPackages(lock).filter(({ isDevelopment }) => !isDevelopment);
  const lines = [...new Set(shipped.map((one) => `${one.name}@${one.version}`))].sort();
  writeFileSync(join(output, 'third-party.txt'), `${lines.join('\n')}\n`);
  say(`third-party.txt: ${lines.length} packages`);
}

async function writeBill() {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts', 'sbom.mjs')], {
    encoding: 'utf8',
  });
  if (status === SKIPPED) return say(`no bill of materials: ${stdout.trim()}`);
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  copyFileSync(join(root, '.build', 'sbom.cdx.json'), join(output, 'sbom.cdx.json'));
  say('sbom.cdx.json');
}

async function writeWheel() {
  const { installPythonPeer } = await import('../interop/python-peer.mjs');
  const { buildWheel } = await import('../packaging/python-wheel.mjs');
  let python;
  try {
    python = await installPythonPeer(root, 'packed_packages');
  } catch (error) {
    return say(`no Python client: ${error.message}`);
  }
  say(await buildWheel(root, output, python));
}

function writeSums() {
  const lines = readdirSync(output)
    .sort()
    .map(
      (name) =>
        `${createHash('sha256')
          .update(readFileSync(join(output, name)))
          .digest('hex')}  ${name}\n`,
    );
  writeFileSync(join(output, 'SHA256SUMS'), lines.join(''));
  say(`SHA256SUMS: ${lines.length} files`);
}
