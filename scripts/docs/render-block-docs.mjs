// Renders docs/code-blocks.md: how the code blocks of the documentation are held. Run as a script it writes the file.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { NORMALISED } from './compare-output.mjs';
import { BROUGHT } from './place.mjs';
import { readBlocks } from './read-blocks.mjs';

const WAYS = {
  'run in npm test': ({ mark }) => mark?.kind === 'run' && mark.value !== 'clone' && mark.options.by === undefined,
  'run by `npm run test:interop -- docs_blocks`': ({ mark }) => mark?.options.by === 'peer',
  'run by `npm run walk`, in a fresh clone': ({ mark }) => mark?.kind === 'run' && mark.value === 'clone',
  'output, compared with that of the command before it': ({ mark }) => mark?.kind === 'output',
  'data, checked against a schema': ({ mark }) => mark?.kind === 'checked',
  'TypeScript, checked against the built packages': ({ language, mark }) => language === 'ts' && mark?.kind !== 'run',
  'only shown, with a reason': ({ mark }) => mark?.kind === 'shown',
};

const HEAD = `# Code blocks

Written by \`node scripts/docs/render-block-docs.mjs\` from the pages. \`test/docs/\` holds every code block of README, of this folder and of the packages' READMEs; one that says nothing of how it is held makes it fail.

`;

const RULES = `## Marks

A comment before the block, which pages do not show:

| mark | for |
|---|---|
| \`<!-- run: samples; models=ecg-beat; with=patient.json -->\` | commands, run in order in a temporary folder that all blocks of the page with the same name share. \`server\` beside it: a server of the six sample models answers. \`clone\`: run by \`npm run walk\`. \`models\` are sample models that lie there, in \`samples/models\` or where \`as\` says; \`with\` is what a reader brings; \`by=peer\` leaves what takes long to \`npm run test:interop -- docs_blocks\`; \`status=1\` is the exit code of the last command; \`cases\` are those that the conformance suite is narrowed to, unless the line chooses; \`before\` is a command that the page takes for done |
| \`<!-- output: of the command before -->\` | text that is compared with what the last command of the page printed |
| \`<!-- checked: path/of.schema.json#/$defs/part; file=name.json -->\` | JSON and YAML; with \`file\`, it lies under that name in the folder of the commands, too. A value that ends with "..." is abbreviated, and not judged |
| \`<!-- types: declare const text: string; -->\` | TypeScript, with what surrounds it |
| \`<!-- shown: reason -->\` | all else. Commands are still read: programs, subcommands and options must be there |
| \`<!-- shown: the program path/of.py -->\` | a program of the repository, put there by \`node scripts/render-guide-programs.mjs\`; only these are in Python, Java, C#, Go, JavaScript or under the name \`typescript\` |

Left out are the decisions in \`docs/adr/\`, which are of their time, and the reference in \`docs/reference/\`, which is generated: \`test/reference.test.ts\` holds all of it against what it is generated from.

In a block with lines that begin with \`$ \`, these are commands and the others output; elsewhere each line is a command. Ports 8500, 8080, 8081, 8501 and 8600 of 127.0.0.1 stand for those that the page's own server was given; \`deephealth serve\` gives back the terminal once it is ready. "..." stands for anything in a line, and on a line of its own for any lines.

## What is not compared

In what a command prints, on both sides:

`;

export function renderBlockDocs(blocks) {
  const count = Object.entries(WAYS).map(([way, fits]) => `| ${way} | ${blocks.filter(fits).length} |\n`);
  const rules = NORMALISED.map(({ what }) => `- ${what}\n`);
  const brought = Object.entries(BROUGHT).map(([name, { from }]) => `| \`${name}\` | ${from} |\n`);
  return [
    HEAD,
    '| blocks | |\n|---|---|\n',
    ...count,
    `| all | ${blocks.length} |\n\n`,
    RULES,
    ...rules,
    '\n## What a reader brings\n\n| file | here |\n|---|---|\n',
    ...brought,
    '\n## What is only shown, and why\n\n| reason | blocks |\n|---|---|\n',
    ...reasonRows(blocks.filter(WAYS['only shown, with a reason'])),
  ].join('');
}

function reasonRows(blocks) {
  const byReason = new Map();
  for (const { page, mark } of blocks) byReason.set(mark.value, [...(byReason.get(mark.value) ?? []), page]);
  return [...byReason]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([reason, pages]) => {
      const links = [...new Set(pages)].map((page) => {
        const times = pages.filter((one) => one === page).length;
        const link = page.startsWith('docs/') ? page.slice('docs/'.length) : `../${page}`;
        return `[${page}](${link})${times > 1 ? ` (${times})` : ''}`;
      });
      return `| ${reason} | ${links.join(', ')} |\n`;
    });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  writeFileSync(join(root, 'docs', 'code-blocks.md'), renderBlockDocs(readBlocks(root)));
}
