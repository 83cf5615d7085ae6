import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { glibcFloor, isNewer, neededVersions } from '../native/glibc-floor.mjs';
import { packPackages, unpackPackage } from '../packaging/pack-packages.mjs';
import { packageFaults } from '../packaging/package-faults.mjs';
import { shippingPackages } from '../packaging/shipping-packages.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const licence = readFileSync(join(root, 'LICENSE'));
const shipping = shippingPackages(root);
const folder = mkdtempSync(join(tmpdir(), 'deephealth-packages-'));
const unpacked = (name: string) => join(folder, name);
let packed: Awaited<ReturnType<typeof packPackages>>;
let contents: Map<string, Map<string, Buffer>>;

beforeAll(async () => {
  packed = await packPackages(root, folder);
  contents = new Map(
    packed.packages.map(({ name, file }) => [name, unpackPackage(join(folder, file), unpacked(name))]),
  );
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const filesOf = (name: string) => contents.get(name) as Map<string, Buffer>;

describe('packages that ship', () => {
  it('are the workspaces that are not private, each after what it depends on', () => {
    const names = shipping.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['@deephealth/proto', '@deephealth/native', '@deephealth/cli']));
    expect(names).not.toContain('@deephealth/samples');
    for (const { name, manifest } of shipping) {
      for (const other of Object.keys(manifest.dependencies ?? {}).filter((one) => one.startsWith('@deephealth/'))) {
        expect(names.indexOf(other), `${other} before ${name}`).toBeLessThan(names.indexOf(name));
        expect(names).toContain(other);
      }
    }
    expect(packed.packages.map(({ name }) => name)).toEqual(names);
  });

  it('have one version, and depend on each other in just that one', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    for (const { manifest } of shipping) {
      const ours = Object.entries(manifest.dependencies ?? {}).filter(([name]) => name.startsWith('@deephealth/'));
      expect(new Set([manifest.version, ...ours.map(([, range]) => range)]), manifest.name).toEqual(new Set([version]));
    }
    const stated = shipping
      .map(({ folder }) => join(root, folder, 'src', 'version.ts'))
      .filter((path) => existsSync(path))
      .flatMap((path) => /'(\d+\.\d+\.\d+)'/.exec(readFileSync(path, 'utf8'))?.[1] ?? []);
    expect(stated.length).toBeGreaterThan(3);
    expect(new Set(stated)).toEqual(new Set([version]));
  });

  it.each(shipping.map(({ name }) => name))('%s holds what it needs and nothing of tests or this machine', (name) => {
    expect(packageFaults(filesOf(name), { root, licence })).toEqual([]);
  });

  it.each(shipping.map(({ name }) => name))('%s is clean by publint', async (name) => {
    const tarball = readFileSync(join(folder, packed.packages.find((one) => one.name === name)?.file as string));
    const { messages, pkg = {} } = await publint({
      pack: { tarball: tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength) },
      strict: true,
    });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  it.each<[string, (files: Map<string, Buffer>) => void, RegExp]>([
    ['a test', (files) => files.set('dist/x.test.js', Buffer.from('')), /x\.test\.js is nothing that ships/],
    ['a double', (files) => files.set('dist/store/testing/x.d.ts', Buffer.from('')), /testing\/x\.d\.ts is nothing/],
    ['a note of the compiler', (files) => files.set('dist/.tsbuildinfo', Buffer.from('')), /tsbuildinfo is nothing/],
    ['a path', (files) => files.set('dist/x.node', Buffer.from(`\0${root}/native/src\0`)), /x\.node names a folder/],
    ['no licence', (files) => files.delete('LICENSE'), /LICENSE is missing/],
    ['another licence', (files) => files.set('LICENSE', Buffer.from('MIT')), /LICENSE is another text/],
    ['no entry', (files) => files.delete('dist/index.d.ts'), /dist\/index\.d\.ts is missing/],
    [
      'a map of sources elsewhere',
      (files) => files.set('dist/x.js.map', Buffer.from('{"sources":["../src/x.ts"]}')),
      /points to \.\.\/src\/x\.ts/,
    ],
    ['no map', (files) => files.set('dist/x.js', Buffer.from('\n//# sourceMappingURL=y.js.map')), /names the map y/],
    [
      'a missing part',
      (files) => files.set('dist/x.js', Buffer.from("import {\n  y\n} from './y.js';")),
      /imports \.\/y/,
    ],
    [
      'a missing declaration',
      (files) => files.set('dist/x.d.ts', Buffer.from("type Y = import('./y.js').Y;")),
      /imports \.\/y/,
    ],
    [
      'an undeclared package',
      (files) => files.set('dist/x.js', Buffer.from("import 'left/pad';")),
      /left, which is no/,
    ],
  ])('would be refused with %s', (_, spoil, fault) => {
    const files = new Map(filesOf('@deephealth/sdk'));
    spoil(files);
    expect(packageFaults(files, { root, licence })).toEqual(expect.arrayContaining([expect.stringMatching(fault)]));
  });
});

describe.skipIf(process.platform !== 'linux' || spawnSync('c++', ['--version']).status !== 0)(
  'the addon in its package (skipped where none is made)',
  () => {
    const place = () => join(unpacked('@deephealth/native'), 'package');
    const prebuilt = () => join(place(), 'prebuilds', `${process.platform}-${process.arch}`);
    const statusOf = (env = {}) => {
      const entry = pathToFileURL(join(place(), 'dist', 'index.js')).href;
      const program = `import { confineLauncher, nativeStatus } from ${JSON.stringify(entry)};
        console.log(JSON.stringify({ ...nativeStatus(), launcher: confineLauncher() }));`;
      const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
        ...{ encoding: 'utf8', env: { ...process.env, DEEPHEALTH_NATIVE: 'auto', ...env } },
      });
      return stdout === '' ? stderr : JSON.parse(stdout);
    };

    it('serves where nothing was compiled, with the program that confines hosts', () => {
      expect(statusOf()).toMatchObject({ isLoaded: true, launcher: join(prebuilt(), 'deephealth-confine') });
    });

    it('needs the C library that it says it needs, and no C++ library', () => {
      const parts = ['deephealth.node', 'deephealth-confine'].map((name) => join(prebuilt(), name));
      const { glibc } = JSON.parse(readFileSync(join(prebuilt(), 'needs.json'), 'utf8'));
      expect(glibcFloor(parts)).toBe(glibc);
    });

    it('says what was tried and what to do where it does not load', () => {
      const needs = join(prebuilt(), 'needs.json');
      const before = [needs, join(prebuilt(), 'deephealth.node')].map((path) => [path, readFileSync(path)] as const);
      writeFileSync(join(prebuilt(), 'deephealth.node'), 'no library');
      writeFileSync(needs, '{"glibc":"99.1"}');
      const refused = statusOf({ DEEPHEALTH_NATIVE: 'require' });
      const status = statusOf();
      rmSync(needs);
      const without = statusOf();
      for (const [path, bytes] of before) writeFileSync(path, bytes);
      expect(status).toMatchObject({ isLoaded: false, reason: expect.stringMatching(/C\+\+17 compiler and `/) });
      expect(status.tried).toEqual([
        expect.stringMatching(/build.deephealth\.node: Cannot find module/),
        expect.stringMatching(/prebuilds.*: it needs version 99\.1 of the GNU C library, and here is \d+\.\d+$/),
      ]);
      expect(refused).toMatch(/Tried:\n.*build.*\n.*prebuilds/);
      expect(without.tried[1]).toMatch(/this package brings no addon for /);
      expect(statusOf()).toMatchObject({ isLoaded: true });
    });
  },
);

describe('versions of symbols', () => {
  it('are read as objdump prints them', () => {
    const table = [
      '0000000000000000      DF *UND*\t0000000000000000 (GLIBC_2.34) dlopen',
      '0000000000000000  w   DF *UND*\t0000000000000000  GLIBC_2.2.5 __cxa_finalize',
      '0000000000000000      DF *UND*\t0000000000000000  Base napi_throw',
      '0000000000001000 g    DF .text\t0000000000000010  GLIBC_2.99 own',
    ].join('\n');
    expect(neededVersions(table)).toEqual([
      { library: 'GLIBC', version: '2.34' },
      { library: 'GLIBC', version: '2.2.5' },
    ]);
  });

  it('are compared as numbers', () => {
    expect([isNewer('2.34', '2.4'), isNewer('2.4', '2.34'), isNewer('3.0', '2.9'), isNewer('2.4', '2.4')]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});
