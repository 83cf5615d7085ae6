// Compiles the schemas of packages once, at build time: every process that reads a package would
// otherwise spend most of its start on it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const fromSdk = createRequire(join(root, 'sdk', 'package.json'));
const { Ajv2020 } = fromSdk('ajv/dist/2020.js');
const { default: standaloneCode } = fromSdk('ajv/dist/standalone/index.js');

/** Schemas of a package, each under the name that its validator is exported by, into its src/generated. */
function generate(home, schemas) {
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: false,
    code: { source: true, esm: true },
  });
  const ids = Object.fromEntries(
    Object.entries(schemas).map(([name, file]) => {
      const schema = JSON.parse(readFileSync(join(root, home, 'schemas', file), 'utf8'));
      ajv.addSchema(schema);
      return [name, schema.$id];
    }),
  );
  const code = standaloneCode(ajv, ids);

  const folder = join(root, home, 'src', 'generated');
  mkdirSync(folder, { recursive: true });
  // What ajv writes as an ES module still calls require() for its own helpers.
  writeFileSync(
    join(folder, 'validators.js'),
    `import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);\n${code}`,
  );
  const types = Object.keys(schemas).map((name) => `export const ${name}: ValidateFunction;\n`);
  writeFileSync(
    join(folder, 'validators.d.ts'),
    `import type { ValidateFunction } from 'ajv/dist/2020.js';\n\n/** The schemas in ${home}/schemas, compiled. */\n${types.join('')}`,
  );
}

generate('sdk', {
  model: 'model.schema.json',
  golden: 'golden.schema.json',
  trustedKeys: 'trusted-keys.schema.json',
});
generate('adapters/clinical-decision-support', { cdsHooks: 'cds-hooks.schema.json' });
generate('adapters/digital-pathology', { digitalPathology: 'digital-pathology.schema.json' });
generate('adapters/expressif', {
  expressif: 'expressif.schema.json',
  decisionRequest: 'decision-request.schema.json',
  ruleEdit: 'rule-edit.schema.json',
  evaluationRequest: 'evaluation-request.schema.json',
  possibilisticRules: 'possibilistic-rules.schema.json',
});
generate('adapters/piaf', { processingChain: 'processing-chain.schema.json' });
