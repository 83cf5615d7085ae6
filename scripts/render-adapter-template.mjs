// Renews cli/templates/adapter/js/{src,test} from the TypeScript beside it: `node scripts/render-adapter-template.mjs`.
// Needs built packages. With a folder as its argument it writes there instead.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const templates = join(root, 'cli', 'templates', 'adapter');
const target = process.argv[2] ?? join(templates, 'js');

function run(program, args) {
  const { status, stdout, stderr } = spawnSync(join(root, 'node_modules', '.bin', program), args, {
    encoding: 'utf8',
    cwd: root,
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  process.stderr.write(`${stdout}${stderr}`);
  process.exit(1);
}

/** The compiler leaves out blank lines: one goes before what is declared at the top, or begins with a comment there. */
function spaced(text) {
  const lines = text.split('\n').filter((line) => line !== 'export {};');
  const begins = /^(?:\/\*\*|export |async function |function |class |const [A-Z]|describe\()/;
  return lines
    .flatMap((line, index) => {
      const before = lines[index - 1] ?? '';
      const isWithin =
        index === 0 || /^(?:\/\*\*| \*|import )/.test(before) || (/^const [A-Z]/.test(before) && /^const /.test(line));
      const isMember = /^ {4}(?:\/\*\*|(?:async )?[a-z]\w*\(.*\{$|constructor\()/.test(line) && /^ {4}\}$/.test(before);
      const isFirst = /^import /.test(before) && !/^import /.test(line) && line !== '';
      return (begins.test(line) && !isWithin) || isMember || isFirst ? ['', line] : [line];
    })
    .join('\n');
}

// In the repository, where the packages are found.
mkdirSync(join(root, '.build'), { recursive: true });
const folder = mkdtempSync(join(root, '.build', 'adapter-template-'));
try {
  run('tsc', ['--project', join(templates, 'ts', 'tsconfig.json'), '--outDir', folder]);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    statSync(join(folder, file)).isFile(),
  );
  for (const kind of ['src', 'test']) rmSync(join(target, kind), { recursive: true, force: true });
  for (const file of files) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    writeFileSync(join(target, file), spaced(readFileSync(join(folder, file), 'utf8')));
  }
  const shown = ['src', 'test'].map((kind) => join(target, kind));
  run('biome', ['check', '--write', '--linter-enabled=false', '--vcs-enabled=false', ...shown]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
