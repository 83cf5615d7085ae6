// npm run sbom: writes .build/sbom.cdx.json, the bill of materials (CycloneDX 1.6) of what ships: packages from npm,
// what is built into the page of the console, the shared libraries of ONNX Runtime, the sample models. After a build. The tool is installed below .build; where it cannot be
// had, the reason is said and the command ends with 3.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pageParts } from '../dependencies/page-parts.mjs';
import { missingFrom, modelParts, nativeParts, withParts } from '../dependencies/sbom-parts.mjs';
import { prepare } from './prepare.mjs';

const SKIPPED = 3;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
prepare(root);
const tool = install();
const plain = join(root, '.build', 'sbom.npm.cdx.json');
run(process.execPath, [
  join(tool, 'node_modules', '@cyclonedx', 'cyclonedx-npm', 'bin', 'cyclonedx-npm-cli.js'),
  ...['--package-lock-only', '--omit', 'dev', '--output-reproducible', '--spec-version', '1.6'],
  ...['--mc-type', 'application', '--output-format', 'JSON', '--output-file', plain],
]);
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const parts = [...nativeParts(root), ...pageParts(root, lock), ...modelParts(root)];
const bill = withParts(JSON.parse(readFileSync(plain, 'utf8')), parts);
const text = `${JSON.stringify(bill, null, 2)}\n`;
const missing = missingFrom(bill, lock);
if (missing.length > 0) fail(`The bill lacks ${missing.join(', ')}.`);
const faults = await validate(text);
if (faults !== null) fail(`The bill does not follow the schema of CycloneDX 1.6.\n${JSON.stringify(faults, null, 2)}`);
const file = join(root, '.build', 'sbom.cdx.json');
writeFileSync(file, text);
process.stdout.write(
  `.build/sbom.cdx.json: ${bill.components.length} components, ${parts.length} of them not installed from npm by who uses it; valid by the schema of CycloneDX 1.6\n`,
);

/** By its own lock file, and without scripts of what it installs. */
function install() {
  const folder = join(root, '.build', 'cyclonedx');
  const source = join(root, 'dependencies', 'cyclonedx');
  const stamp = join(folder, 'installed');
  const lock = readFileSync(join(source, 'package-lock.json'), 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return folder;
  mkdirSync(folder, { recursive: true });
  cpSync(source, folder, { recursive: true });
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status, stderr } = spawnSync(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    process.stdout.write(`SKIPPED: cyclonedx-npm cannot be installed here: ${stderr.trim().split('\n')[0]}\n`);
    process.exit(SKIPPED);
  }
  writeFileSync(stamp, lock);
  return folder;
}

async function validate(content) {
  const require = createRequire(join(tool, 'node_modules', '@cyclonedx', 'cyclonedx-npm', 'package.json'));
  const { Spec, Validation } = require('@cyclonedx/cyclonedx-library');
  return new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(content);
}

function run(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) fail(`${stdout}${stderr}`);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
