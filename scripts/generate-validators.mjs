// Compiles the schemas of packages once, at build time: every process that reads a package would
// otherwise spend most of its start on it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sdk = join(dirname(dirname(fileURLToPath(import.meta.url))), 'sdk');
const { Ajv2020 } = createRequire(join(sdk, 'package.json'))('ajv/dist/2020.js');
const { default: standaloneCode } = createRequire(join(sdk, 'package.json'))('ajv/dist/standalone/index.js');

const ajv = new Ajv2020({
  allErrors: true,
  verbose: true,
  strict: false,
  code: { source: true, esm: true },
});
const ids = Object.fromEntries(
  ['model', 'golden'].map((name) => {
    const schema = JSON.parse(readFileSync(join(sdk, 'schemas', `${name}.schema.json`), 'utf8'));
    ajv.addSchema(schema);
    return [name, schema.$id];
  }),
);
const code = standaloneCode(ajv, ids);

const folder = join(sdk, 'src', 'generated');
mkdirSync(folder, { recursive: true });
// What ajv writes as an ES module still calls require() for its own helpers.
writeFileSync(
  join(folder, 'validators.js'),
  `import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);\n${code}`,
);
writeFileSync(
  join(folder, 'validators.d.ts'),
  `import type { ValidateFunction } from 'ajv/dist/2020.js';

/** The schemas in sdk/schemas, compiled. */
export const model: ValidateFunction;
export const golden: ValidateFunction;
`,
);
