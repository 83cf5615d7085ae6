// Renders docs/errors.md and docs/guides/troubleshoot.md from the catalogue; run as a script it writes both.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { helpingCommand } from './troubleshoot-commands.mjs';

const HEAD = `# Errors

Written by \`node scripts/render-error-docs.mjs\` from \`sdk/src/errors/catalog.ts\`.

Every refusal is a gRPC status with a \`google.rpc.ErrorInfo\` in the trailer \`grpc-status-details-bin\`:
\`reason\` is the code without \`DH_\`, \`domain\` is \`deephealth\`, and \`metadata\` names what is concerned
(\`input\`, \`column\`, \`expected\`, \`received\`, \`source\`, \`retryable\`). Match on the reason, never on the
message. "Source" says who has to act.

| code | gRPC status | source | retry | meaning and next step |
|---|---|---|---|---|
`;

export function renderErrorDocs(catalog) {
  const rows = Object.entries(catalog).map(
    ([code, { grpc, source, retryable, docs }]) =>
      `| \`${code}\` | ${grpc} | ${source} | ${retryable ? 'yes' : 'no'} | ${docs} |\n`,
  );
  return HEAD + rows.join('');
}

/** Who acts, in the order in which to ask, with what is left to do where the catalogue names no step of its own. */
const ACTORS = {
  caller: {
    title: 'The caller',
    who: 'whoever sent the request: a program, a platform, a person at a terminal. Nothing is wrong with the server. Sent again unchanged, the request fails again, unless the table says otherwise.',
    step: 'Correct the request, and send it again.',
  },
  model: {
    title: 'The model',
    who: 'whoever made the package. The server goes on with its other models.',
    step: 'Correct the package, and have it validated.',
  },
  runtime: {
    title: 'The runtime',
    who: 'whoever operates this server: its configuration, its disk, its machine.',
    step: 'Look at the log of the server, which has the same code.',
  },
  platform: {
    title: 'The platform',
    who: 'whoever operates what stands beside this server: a record system, an archive, an engine, another inference server.',
    step: 'Look at the log of that system.',
  },
};

const TROUBLESHOOT_HEAD = `# Troubleshooting

Written by \`node scripts/render-error-docs.mjs\` from the [error catalogue](../errors.md), with the commands of \`scripts/troubleshoot-commands.mjs\`.

Every refusal has a code. It stands at the beginning of what \`deephealth\` prints, in \`error.code\` of \`--json\`, in the log, in the header \`x-deephealth-reason\` over HTTP and, without \`DH_\`, as \`reason\` of gRPC's ErrorInfo. Without a code, begin with \`deephealth doctor\` (is this machine ready) and \`deephealth models\` (what is served, and what was refused and why). What stands in capitals is yours to fill in.

Look the code up with the browser's search; who has to act says where to go.

`;

/** The first sentence of an entry says what is the matter, the rest what to do, or where the message says it. */
function toSymptomAndStep(docs, otherwise) {
  const end = docs.search(/(?<=[\w)`"]\.) (?=[A-Z])/);
  if (end < 0) return [docs, otherwise];
  const rest = docs.slice(end + 1);
  return [docs.slice(0, end), /^The (?:message|detail) [^.]+\.$/.test(rest) ? `${rest} ${otherwise}` : rest];
}

/** What is seen -> code -> next step -> command, grouped by who acts. */
export function renderTroubleshooting(catalog) {
  const entries = Object.entries(catalog);
  const parts = Object.entries(ACTORS).map(([source, { title, who, step: otherwise }]) => {
    const rows = entries
      .filter(([, entry]) => entry.source === source)
      .map(([code, { docs, retryable }]) => {
        const [symptom, step] = toSymptomAndStep(docs, otherwise);
        const again = retryable && !/\bagain\b/.test(step) ? ' The same request may be sent again.' : '';
        return `| ${symptom} | \`${code}\` | ${step}${again} | \`${helpingCommand(code)}\` |\n`;
      });
    return `## ${title}\n\nActs: ${who}\n\n| what is the matter | code | next step | command |\n|---|---|---|---|\n${rows.join('')}`;
  });
  return TROUBLESHOOT_HEAD + parts.join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { ERROR_CATALOG } = await import('@deephealth/sdk');
  const docs = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs');
  writeFileSync(join(docs, 'errors.md'), renderErrorDocs(ERROR_CATALOG));
  writeFileSync(join(docs, 'guides', 'troubleshoot.md'), renderTroubleshooting(ERROR_CATALOG));
}
