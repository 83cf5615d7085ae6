// npm run release -- <major|minor|patch> [--dry-run]: the next version of all packages, in one commit with a tag.
// Refuses a tree that is not clean, a changelog without a section "unreleased", and a version that grows by less than
// the contract (proto/baseline) and the changelog ask for. Nothing is sent anywhere.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { wireBreaks } from '@deephealth/proto';
import {
  bump,
  changelogSections,
  KINDS,
  lastReleased,
  leastKind,
  releasedChangelog,
  withLockedVersion,
  withVersion,
} from '../packaging/release-plan.mjs';

const BASELINE = 'proto/baseline/v1.0.json';
const { values, positionals } = parseArgs({
  allowPositionals: true,
  // Another clone than that of this script: for tests.
  options: { 'dry-run': { type: 'boolean', default: false }, in: { type: 'string' } },
});
const root = values.in === undefined ? dirname(dirname(fileURLToPath(import.meta.url))) : resolve(values.in);
const [kind] = positionals;
if (!KINDS.includes(kind)) refuse('Say how the version grows: npm run release -- major|minor|patch [--dry-run]');

const read = (path) => readFileSync(join(root, path), 'utf8');
const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });

const changes = git('status', '--porcelain').trimEnd();
if (changes !== '') refuse(`The tree is not clean; a release is of what is committed:\n${changes}`);
const sections = changelogSections(read('CHANGELOG.md'));
const [newest] = sections;
if (newest?.date !== 'unreleased' || newest.body === '') {
  refuse(
    'CHANGELOG.md says nothing of this release: its first section has to be "## <version> - unreleased", with lines.',
  );
}
const last = lastReleased(sections);
const version = bump(last, kind);
const contract = contractSince(last);
const least = leastKind({ last, ...contract, body: newest.body });
if (KINDS.indexOf(kind) < KINDS.indexOf(least.kind)) {
  refuse(`After ${last} a ${kind} version is not enough: ${least.reason}. It has to be ${least.kind}.`);
}
const tag = `v${version}`;
if (git('tag', '--list', tag).trim() !== '') refuse(`The tag ${tag} is there already.`);

const edits = editsFor(version);
const message = `DeepHealth SDK ${version}\n\n${newest.body}\n`;
process.stdout.write(`${last} -> ${version} (${kind}; at least ${least.kind}: ${least.reason})\n`);
for (const path of edits.keys()) process.stdout.write(`  ${path}\n`);
if (values['dry-run']) {
  process.stdout.write(`\nTag ${tag}:\n\n${message}\nNothing was changed.\n`);
} else {
  for (const [path, text] of edits) writeFileSync(join(root, path), text);
  git('add', ...edits.keys());
  git('commit', '--quiet', '-m', `Release ${version}`);
  // As it is: a changelog's headings are no comments.
  git('tag', '--annotate', '--cleanup=verbatim', tag, '-m', message);
  process.stdout.write(
    `Committed and tagged ${tag}. Next: npm test, npm run pack -- --out folder, git push --follow-tags.\n`,
  );
}

function refuse(reason) {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}

/** What became of the contract since a release; before the first nobody relies on it. */
function contractSince(release) {
  const now = JSON.parse(read(BASELINE));
  if (release === '0.0.0') return { breaks: [], isContractLarger: false };
  let then;
  try {
    then = git('show', `v${release}:${BASELINE}`);
  } catch {
    refuse(`The tag v${release} is missing, to which the contract has to be compared: git fetch --tags`);
  }
  const older = JSON.parse(then);
  return { breaks: wireBreaks(older, now), isContractLarger: JSON.stringify(older) !== JSON.stringify(now) };
}

/** Each file that names the version, with its new text. */
function editsFor(next) {
  const { version: before, workspaces } = JSON.parse(read('package.json'));
  const found = new Map([['CHANGELOG.md', releasedChangelog(read('CHANGELOG.md'), next, today())]]);
  for (const folder of ['', ...workspaces]) {
    const path = folder === '' ? 'package.json' : `${folder}/package.json`;
    found.set(path, withVersion(read(path), before, next));
    const source = `${folder}/src/version.ts`;
    if (folder === '' || !existsSync(join(root, source))) continue;
    const text = read(source);
    if (text.includes(`'${before}'`)) found.set(source, text.replace(`'${before}'`, `'${next}'`));
  }
  found.set('package-lock.json', withLockedVersion(read('package-lock.json'), workspaces, before, next));
  for (const [path, text] of found) if (text === read(path)) found.delete(path);
  return found;
}

function today() {
  return new Date().toISOString().slice(0, 10);
}
