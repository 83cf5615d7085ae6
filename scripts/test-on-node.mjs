// node scripts/test-on-node.mjs <major> [files or options of vitest]: the tests, or some of them, on another Node.
// Its binaries come as a package of npm, below .build/node-<major>; without files, as `npm test` runs them.
// Ends with 3 where there is no such package for this machine.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare } from './prepare.mjs';

const SKIPPED = 3;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [major, ...args] = process.argv.slice(2);
if (!/^\d+$/.test(major ?? '')) {
  process.stderr.write('Say which Node: node scripts/test-on-node.mjs 22 [files]\n');
  process.exit(2);
}
prepare(root);
const node = install();
const { stdout: version } = spawnSync(node, ['--version'], { encoding: 'utf8' });
process.stderr.write(`On Node ${version.trim()} ...\n`);
const program =
  args.length === 0
    ? [join(root, 'scripts', 'test.mjs')]
    : [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...args];
// Tests start programs of their own, which are to run on this one, too.
const env = { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}` };
const { status } = spawnSync(node, program, { cwd: root, stdio: 'inherit', env });
process.exitCode = status ?? 1;

/** The path of the program; installs it at the first use. */
function install() {
  const folder = join(root, '.build', `node-${major}`);
  const name = `node-${process.platform}-${process.arch}`;
  const path = join(folder, 'node_modules', name, 'bin', 'node');
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, stderr } = spawnSync('npm', ['install', ...flags, `${name}@${major}`], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0 || !existsSync(path)) {
    const why = (stderr ?? '').trim().split('\n')[0] || `it holds ${readdirSync(folder).join(', ')}`;
    process.stdout.write(`SKIPPED: Node ${major} cannot be had as ${name}: ${why}\n`);
    process.exit(SKIPPED);
  }
  return path;
}
