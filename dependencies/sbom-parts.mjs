import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockedPackages } from './licence-rules.mjs';

const hashOf = (file) => [{ alg: 'SHA-256', content: createHash('sha256').update(readFileSync(file)).digest('hex') }];
const json = (file) => JSON.parse(readFileSync(file, 'utf8'));

/**
 * Components that npm knows nothing of: the shared libraries of ONNX Runtime that onnxruntime-node brings, and
 * what the addon is compiled with.
 */
export function nativeParts(root) {
  const folder = join(root, 'node_modules', 'onnxruntime-node');
  const { version } = json(join(folder, 'package.json'));
  const libraries = readdirSync(join(folder, 'bin'), { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => /(?:^|\/)(?:lib)?onnxruntime[^/]*\.(?:so[^/]*|dylib|dll)$/.test(file))
    .sort();
  return libraries.map((file) => ({
    ...{ type: 'library', name: 'onnxruntime', version, 'bom-ref': `onnxruntime/${file}` },
    description: 'Shared library of ONNX Runtime that models run in, loaded from onnxruntime-node.',
    hashes: hashOf(join(folder, 'bin', file)),
    licenses: [{ license: { id: 'MIT' } }],
    purl: `pkg:github/microsoft/onnxruntime@v${version}`,
    properties: [{ name: 'deephealth:path', value: `node_modules/onnxruntime-node/bin/${file}` }],
  }));
}

/** Headers without code of their own, named by the package that they are in. */
export const HEADERS_ONLY = ['node-addon-api', 'node-api-headers'];

/** The sample models, each by its package. */
export function modelParts(root) {
  const folder = join(root, 'samples', 'models');
  return readdirSync(folder)
    .flatMap((name) => (existsSync(join(folder, name, '1.0.0', 'model.json')) ? [join(name, '1.0.0')] : []))
    .sort()
    .map((place) => {
      const { name, version, title, license, onnx } = json(join(folder, place, 'model.json'));
      return {
        ...{ type: 'machine-learning-model', name, version, 'bom-ref': `model/${name}@${version}`, description: title },
        hashes: hashOf(join(folder, place, onnx.file)),
        licenses: [{ license: { name: license } }],
        properties: [{ name: 'deephealth:path', value: `samples/models/${name}/${version}/${onnx.file}` }],
      };
    });
}

/** The bill with components added: of what they hang on, the product itself. Neither is changed. */
export function withParts(bill, parts) {
  const product = bill.metadata.component['bom-ref'];
  const refs = parts.map((part) => part['bom-ref']);
  return {
    ...bill,
    components: [...bill.components.map(marked), ...parts],
    dependencies: [
      ...bill.dependencies.map((one) =>
        one.ref === product ? { ...one, dependsOn: [...(one.dependsOn ?? []), ...refs] } : one,
      ),
      ...refs.map((ref) => ({ ref })),
    ],
  };
}

function marked(component) {
  if (!HEADERS_ONLY.includes(component.name)) return component;
  return {
    ...component,
    properties: [...(component.properties ?? []), { name: 'deephealth:use', value: 'headers only' }],
  };
}

/** Packages that are shipped and not in the bill, as "name version". */
export function missingFrom(bill, lock) {
  const named = new Set();
  const collect = (components = []) => {
    for (const { group, name, version, components: inner } of components) {
      named.add(`${group ? `${group}/` : ''}${name} ${version}`);
      collect(inner);
    }
  };
  collect(bill.components);
  return lockedPackages(lock)
    .filter(({ isDevelopment }) => !isDevelopment)
    .map(({ name, version }) => `${name} ${version}`)
    .filter((one) => !named.has(one));
}
