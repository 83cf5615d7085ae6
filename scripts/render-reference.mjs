// Renders docs/reference/ from the contract, the schemas, the built declarations and the help of the commands; run as
// a script it writes the files. The packages must be built.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { renderCommands } from './reference/render-commands.mjs';
import { renderContract } from './reference/render-contract.mjs';
import { renderDeclarations } from './reference/render-declarations.mjs';
import { renderRequirements } from './reference/render-requirements.mjs';
import { renderSchema } from './reference/render-schema.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const INTRO = 'Everything else in the package is unreachable from outside, and changes without notice.';

/** Folders of all packages that are published, by their place in the repository. */
function packageFolders() {
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return workspaces.filter((folder) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')).exports);
}

function apiPages() {
  return packageFolders().flatMap((folder) => {
    const { name, exports } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    return Object.entries(exports).flatMap(([entry, target]) => {
      if (target.types === undefined) return [];
      const full = entry === '.' ? name : `${name}/${entry.slice(2)}`;
      const source = `${folder}/${target.types.replace('./dist/', 'src/').replace('.d.ts', '.ts')}`;
      const shown = { name: full, source, intro: INTRO };
      return [
        [
          `api-${full.slice('@deephealth/'.length).replace('/', '-')}`,
          renderDeclarations(shown, join(root, folder, target.types)),
        ],
      ];
    });
  });
}

function schemaPages() {
  return packageFolders().flatMap((folder) => {
    const short = folder.split('/').at(-1);
    return filesOf(join(root, folder, 'schemas')).map((file) => [
      `schema-${short}-${file.replace('.schema.json', '')}`,
      renderSchema(`${folder}/schemas/${file}`, join(root, folder, 'schemas', file)),
    ]);
  });
}

function filesOf(folder) {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.schema.json'))
      .sort();
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

/** What a command line writes to standard output, 80 columns wide whatever the terminal is. */
async function written(runCli, words) {
  const { write, isTTY } = process.stdout;
  let text = '';
  process.stdout.write = (chunk) => {
    text += chunk;
    return true;
  };
  process.stdout.isTTY = false;
  try {
    await runCli(words);
  } finally {
    process.stdout.write = write;
    process.stdout.isTTY = isTTY;
  }
  return text;
}

/** Text of every page by its file name. */
export async function renderReference() {
  const { runCli } = await import('@deephealth/cli');
  const { contractRequirements } = await import('@deephealth/proto');
  const pages = new Map([
    ['cli', await renderCommands((words) => written(runCli, words))],
    ...renderContract(join(root, 'proto', 'proto')),
    ['requirements', renderRequirements(contractRequirements())],
    ...schemaPages(),
    ...apiPages(),
  ]);
  pages.set('README', renderIndex(pages));
  return new Map([...pages].map(([name, text]) => [`${name}.md`, text]));
}

function renderIndex(pages) {
  const part = (heading, ...prefixes) => {
    const own = [...pages].filter(([name]) => prefixes.some((prefix) => name.startsWith(prefix)));
    const rows = own.map(([name, text]) => `- [${/^# (.*)$/m.exec(text)[1]}](${name}.md)${fromOf(text)}\n`);
    return `\n## ${heading}\n\n${rows.join('')}`;
  };
  const head =
    '# Reference\n\nWritten by `node scripts/render-reference.mjs`; a test renders it again and compares. Error codes are in [errors.md](../errors.md).\n';
  return (
    head +
    part('Commands', 'cli') +
    part('Contract', 'contract-', 'requirements') +
    part('Files and messages in JSON', 'schema-') +
    part('Packages', 'api-')
  );
}

const fromOf = (text) => {
  const [, path] = /from `([^`]+\.json)`/.exec(text) ?? [];
  return path === undefined ? '' : `: \`${path}\``;
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const folder = join(root, 'docs', 'reference');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of await renderReference()) writeFileSync(join(folder, file), text);
}
