import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bump, changelogSections, lastReleased, leastKind } from '../packaging/release-plan.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const CHANGELOG =
  '# Changelog\n\n## 1.3.0 - unreleased\n\n### Fixed\n- A line.\n\n## 1.2.0 - 2026-01-31\n\n- An older one.\n';

describe('the next version', () => {
  it('is counted as semantic versions are', () => {
    expect(['patch', 'minor', 'major'].map((kind) => bump('1.4.2', kind))).toEqual(['1.4.3', '1.5.0', '2.0.0']);
  });

  it('follows the last section of the changelog that has a date', () => {
    const sections = changelogSections(CHANGELOG);
    expect(sections.map(({ version, date }) => [version, date])).toEqual([
      ['1.3.0', 'unreleased'],
      ['1.2.0', '2026-01-31'],
    ]);
    expect(lastReleased(sections)).toBe('1.2.0');
    expect(lastReleased(sections.slice(0, 1))).toBe('0.0.0');
    expect(() => changelogSections('## Next\n')).toThrow(/not "## <version> - <date>"/);
  });

  it.each([
    ['1.2.0', ['a field was removed'], false, '### Fixed\n- x', 'major'],
    ['0.2.0', ['a field was removed'], false, '### Fixed\n- x', 'minor'],
    ['1.2.0', [], true, '### Fixed\n- x', 'minor'],
    ['1.2.0', [], false, '### Added\n- x', 'minor'],
    ['1.2.0', [], false, '### Contract\n- x', 'minor'],
    ['1.2.0', [], false, '### Removed\n- x', 'major'],
    ['1.2.0', [], false, '### Fixed\n- x\n### Security\n- y', 'patch'],
  ])(
    'after %s, with breaks %j, a larger contract %j and %j, is at least %s',
    (last, breaks, isContractLarger, body, kind) => {
      expect(leastKind({ last, breaks, isContractLarger, body }).kind).toBe(kind);
    },
  );
});

describe.skipIf(!existsSync(join(root, '.git')))('a release (skipped where the sources are no clone)', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'deephealth-release-'));
  const clone = join(scratch, 'clone');
  const git = (...args: string[]) => execFileSync('git', args, { cwd: clone, encoding: 'utf8' });
  const read = (path: string) => readFileSync(join(clone, path), 'utf8');
  const write = (path: string, text: string) => writeFileSync(join(clone, path), text);
  const commit = () => git('commit', '--quiet', '--all', '-m', 'A change');
  const release = (...args: string[]) => {
    const command = [join(root, 'scripts', 'release.mjs'), '--in', clone, ...args];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
    return { status, text: stdout + stderr };
  };
  const newSection = (lines: string) =>
    write('CHANGELOG.md', read('CHANGELOG.md').replace(/^## /m, `## 0.0.0 - unreleased\n\n${lines}\n\n## `));
  let first: string;

  beforeAll(() => {
    execFileSync('git', ['clone', '--quiet', '--shared', root, clone]);
    git('config', 'user.name', 'Somebody');
    git('config', 'user.email', 'somebody@example.org');
    git('config', 'commit.gpgsign', 'false');
    git('config', 'tag.gpgsign', 'false');
    // As before the first release, whatever was released since.
    for (const tag of git('tag').split('\n').filter(Boolean)) git('tag', '--delete', tag);
    write('CHANGELOG.md', `# Changelog\n\n## 0.1.0 - unreleased\n\n### Contract\n- All of it.\n`);
    git('commit', '--quiet', '--allow-empty', '--all', '-m', 'Nothing is released');
    first = git('rev-parse', 'HEAD').trim();
  }, 120_000);
  beforeEach(() => {
    git('reset', '--quiet', '--hard', first);
    for (const tag of git('tag').split('\n').filter(Boolean)) git('tag', '--delete', tag);
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('changes nothing in a dry run, and says what it would', () => {
    const { status, text } = release('minor', '--dry-run');
    expect(text).toMatch(/0\.0\.0 -> 0\.1\.0/);
    expect(text).toMatch(/Tag v0\.1\.0:\n\nDeepHealth SDK 0\.1\.0\n\n### Contract\n/);
    expect({ status, changes: git('status', '--porcelain'), tags: git('tag') }).toEqual({
      status: 0,
      changes: '',
      tags: '',
    });
  });

  it('writes one version everywhere, and the changelog into the tag', () => {
    expect(release('major')).toMatchObject({ status: 0 });
    const { version, workspaces } = JSON.parse(read('package.json'));
    expect(version).toBe('1.0.0');
    const lock = JSON.parse(read('package-lock.json'));
    for (const folder of workspaces) {
      const manifest = JSON.parse(read(`${folder}/package.json`));
      const ours = Object.entries(manifest.dependencies ?? {}).filter(([name]) => name.startsWith('@deephealth/'));
      expect(new Set([manifest.version, ...ours.map(([, range]) => range)]), folder).toEqual(new Set(['1.0.0']));
      expect(lock.packages[folder].version).toBe('1.0.0');
      expect(lock.packages[folder].dependencies).toEqual(manifest.dependencies);
      const source = join(clone, folder, 'src', 'version.ts');
      if (existsSync(source)) expect(readFileSync(source, 'utf8')).not.toMatch(/'0\.\d+\.\d+'/);
    }
    expect(read('CHANGELOG.md')).toMatch(/^## 1\.0\.0 - \d{4}-\d\d-\d\d$/m);
    expect(git('status', '--porcelain')).toBe('');
    expect(git('tag', '--list', '--format=%(contents)', 'v1.0.0')).toMatch(/^DeepHealth SDK 1\.0\.0\n\n### Contract\n/);
    expect(git('diff', '--stat', first, 'HEAD', '--', 'package-lock.json')).not.toMatch(
      /[3-9]\d\d changes?|insertions?\(\d{3}/,
    );
  });

  it('is refused of a tree that is not clean, and without a word in the changelog', () => {
    write('README.md', 'changed');
    expect(release('minor')).toMatchObject({ status: 1, text: expect.stringMatching(/not clean.*\n M README\.md/s) });
    git('checkout', '--quiet', 'README.md');
    expect(release('major')).toMatchObject({ status: 0 });
    expect(release('patch')).toMatchObject({ status: 1, text: expect.stringMatching(/says nothing of this release/) });
    expect(release('sideways')).toMatchObject({ status: 1, text: expect.stringMatching(/major\|minor\|patch/) });
  });

  it('is refused where the contract asks for more', () => {
    expect(release('major').status).toBe(0);
    newSection('### Fixed\n- A fault.');
    commit();
    expect(release('patch', '--dry-run')).toMatchObject({
      status: 0,
      text: expect.stringMatching(/1\.0\.0 -> 1\.0\.1/),
    });
    const baseline = JSON.parse(read('proto/baseline/v1.0.json'));
    const [field] = Object.keys(baseline.fields);
    const larger = { ...baseline, fields: { ...baseline.fields, [`${field}Too`]: '99 string' } };
    write('proto/baseline/v1.0.json', JSON.stringify(larger));
    commit();
    expect(release('patch')).toMatchObject({ status: 1, text: expect.stringMatching(/has to be minor/) });
    expect(release('minor', '--dry-run').status).toBe(0);
    const { [field as string]: _, ...fewer } = baseline.fields;
    write('proto/baseline/v1.0.json', JSON.stringify({ ...baseline, fields: fewer }));
    commit();
    expect(release('minor')).toMatchObject({ status: 1, text: expect.stringMatching(/breaks peers.*has to be major/) });
    expect(release('major', '--dry-run')).toMatchObject({ status: 0, text: expect.stringMatching(/-> 2\.0\.0/) });
    git('tag', '--delete', 'v1.0.0');
    expect(release('major')).toMatchObject({ status: 1, text: expect.stringMatching(/tag v1\.0\.0 is missing/) });
  });
});
