// Packages of Debian unpacked into a folder, for programs that run from there. The system stays as it is,
// and nobody has to be root.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastLines, runProcess } from './run-process.mjs';
import { Skipped } from './skipped.mjs';

const LIMIT_MS = 600_000;
/** Unpacking mostly inflates; more at once than cores does not help. */
const UNPACKED_AT_ONCE = 2;

/**
 * Unpacks packages, and what they need and the system lacks, below `<folder>/root`. Throws Skipped where
 * there is no apt-get, or no such package.
 */
export async function unpackDebianPackage(folder, ...names) {
  const [root, archives] = ['root', 'archives'].map((path) => join(folder, path));
  for (const path of [root, archives]) mkdirSync(path, { recursive: true });
  try {
    await downloadMissing(archives, names);
    await unpackAll(archives, root);
  } finally {
    rmSync(archives, { recursive: true, force: true });
  }
}

let listsOfAll;

/**
 * What `apt-get` is told to use lists of its own: those of the system may be old or missing, and are the
 * administrator's to renew. They are read once for all packages, and gone when this process ends.
 */
function renewedLists() {
  listsOfAll ??= (async () => {
    const state = mkdtempSync(join(tmpdir(), 'deephealth-apt-'));
    process.once('exit', () => rmSync(state, { recursive: true, force: true }));
    for (const path of [join('lists', 'partial'), join('archives', 'partial')]) {
      mkdirSync(join(state, path), { recursive: true });
    }
    const settings = [
      ...[`Dir::State::Lists=${state}/lists`, `Dir::Cache=${state}`, 'APT::Sandbox::User=root'],
      // Images of containers turn these off; without, each apt-get makes anew of the lists what it searches.
      ...['Dir::Cache::pkgcache=pkgcache.bin', 'Dir::Cache::srcpkgcache=srcpkgcache.bin'],
    ];
    const options = [...settings.flatMap((setting) => ['-o', setting]), '-qq'];
    const { code, stderr } = await runProcess('apt-get', [...options, 'update'], { limitMs: LIMIT_MS, cwd: state });
    return { code, stderr, options };
  })();
  return listsOfAll;
}

async function downloadMissing(archives, names) {
  const name = names.join(', ');
  const { options, ...updated } = await renewedLists();
  if (updated.code === -1) throw new Skipped(`it comes as a package of Debian, ${name}, and there is no apt-get here.`);
  if (updated.code !== 0) throw new Error(`apt-get could not read its lists.\n${lastLines(updated.stderr)}`);
  const apt = (args) => runProcess('apt-get', [...options, ...args], { limitMs: LIMIT_MS, cwd: archives });
  const planned = await apt(['install', '--simulate', '--no-install-recommends', ...names]);
  if (planned.code !== 0) throw new Skipped(`this system's packages have no ${name}.\n${lastLines(planned.stderr)}`);
  const missing = [...planned.stdout.matchAll(/^Inst (\S+)/gm)].map(([, one]) => one);
  if (missing.length === 0) return;
  const downloaded = await apt(['download', ...missing]);
  if (downloaded.code !== 0) throw new Error(`apt-get could not download ${name}.\n${lastLines(downloaded.stderr)}`);
}

async function unpackAll(archives, root) {
  const files = readdirSync(archives).filter((file) => file.endsWith('.deb'));
  const unpackNext = async () => {
    for (let file = files.pop(); file !== undefined; file = files.pop()) {
      const { code, stderr } = await runProcess('dpkg-deb', ['-x', join(archives, file), root], { limitMs: LIMIT_MS });
      if (code !== 0) throw new Error(`dpkg-deb could not unpack ${file}.\n${lastLines(stderr)}`);
    }
  };
  await Promise.all(Array.from({ length: UNPACKED_AT_ONCE }, unpackNext));
}

/** Where programs find what was unpacked: { env, importFolders }, for shared libraries and Python's modules. */
export function unpackedEnvironment(folder) {
  const root = join(folder, 'root');
  const libraries = ['lib', join('usr', 'lib')].flatMap((path) => {
    const triplets = directoriesOf(join(root, path)).filter((name) => name.endsWith('-linux-gnu'));
    const specific = triplets.map((name) => join(root, path, name));
    return [
      ...specific,
      ...specific.flatMap((one) => ['blas', 'lapack', 'pulseaudio'].map((name) => join(one, name))),
      join(root, path),
    ];
  });
  return {
    env: { LD_LIBRARY_PATH: libraries.join(':') },
    importFolders: [join(root, 'usr', 'lib', 'python3', 'dist-packages')],
  };
}

function directoriesOf(path) {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
