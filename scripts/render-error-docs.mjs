// Renders docs/errors.md from the catalogue; run as a script it writes the file.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

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

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { ERROR_CATALOG } = await import('@deephealth/sdk');
  writeFileSync(
    join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs', 'errors.md'),
    renderErrorDocs(ERROR_CATALOG),
  );
}
