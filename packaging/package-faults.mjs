// What must not be in a package, and what must not be missing, by the files that were packed.
import { isBuiltin } from 'node:module';
import { homedir } from 'node:os';
import { posix } from 'node:path';

/** What tests, builds and editors leave; folders of doubles are shipped where the package exports them. */
const NOT_SHIPPED = /(^|\/)(test|node_modules|coverage|\.build)\/|\.test\.|\.tsbuildinfo$|(^|\/)\.(?!npmignore)/;
const DOUBLES = /(^|\/)testing\//;
const CODE = /\.(js|mjs|d\.ts)$/;
/** Imports as compilers write them: at the beginning of a line, over several, or as a call in code and in types. */
const IMPORT =
  /^(?:import|export)\b[^'"`;=(]*?\bfrom\s*["']([^"'\n]+)["']|^import\s*["']([^"'\n]+)["']|\bimport\(\s*["']([^"'\n]+)["']\s*\)/gm;

/**
 * @param {Map<string, Buffer>} files by path in the package
 * @param {{ root: string, licence: Buffer }} context the folder it was built in, and the text of the licence
 * @returns {string[]} one sentence for each fault
 */
export function packageFaults(files, { root, licence }) {
  const manifest = JSON.parse(files.get('package.json').toString('utf8'));
  return [
    ...missingFiles(manifest, files, licence),
    ...[...files.keys()].flatMap((path) => {
      const isDouble = DOUBLES.test(path) && !exportedFolders(manifest).some((folder) => path.startsWith(folder));
      // A template is what others begin with, its tests among it.
      const isForbidden = NOT_SHIPPED.test(path) && !path.startsWith('templates/');
      return isForbidden || isDouble ? [`${path} is nothing that ships`] : [];
    }),
    ...[...files].flatMap(([path, bytes]) => [
      ...buildPaths(root)
        .filter((part) => bytes.includes(part))
        .map(() => `${path} names a folder of the machine that built it`),
      ...(path.endsWith('.map') ? mapFaults(path, bytes, files) : []),
      ...(CODE.test(path) ? codeFaults(path, bytes.toString('utf8'), files, manifest) : []),
    ]),
  ];
}

function missingFiles(manifest, files, licence) {
  const entries = Object.values(manifest.exports ?? {}).flatMap((one) =>
    typeof one === 'string' ? one : Object.values(one),
  );
  const wanted = ['README.md', 'LICENSE', ...entries, ...Object.values(manifest.bin ?? {})];
  const text = files.get('LICENSE');
  return [
    ...wanted.filter((path) => !files.has(posix.normalize(path))).map((path) => `${path} is missing`),
    ...(text !== undefined && !text.equals(licence) ? ['LICENSE is another text than that of the repository'] : []),
    ...['description', 'license', 'engines', 'version'].filter((name) => !manifest[name]).map((name) => `no "${name}"`),
  ];
}

/** Folders of entries other than the first: "./testing" gives "dist/testing/". */
function exportedFolders({ exports = {} }) {
  return Object.values(exports)
    .map((one) => posix.dirname(posix.normalize(one.default ?? one)))
    .filter((folder) => DOUBLES.test(`${folder}/`))
    .map((folder) => `${folder}/`);
}

/** Home folders of one letter and the like would be found everywhere. */
const buildPaths = (root) => [root, homedir()].filter((path) => path.length > 5).map((path) => `${path}/`);

/** A map is of use where it brings the text of its sources, which are not in the package. */
function mapFaults(path, bytes, files) {
  const { sources, sourcesContent = [] } = JSON.parse(bytes.toString('utf8'));
  return sources
    .filter((source, at) => sourcesContent[at] == null && !files.has(posix.join(posix.dirname(path), source)))
    .map((source) => `${path} points to ${source}, which is not there`);
}

function codeFaults(path, text, files, manifest) {
  const faults = new Set();
  const map = /^\/\/# sourceMappingURL=(\S+)$/m.exec(text)?.[1];
  if (map !== undefined && !map.startsWith('data:') && !files.has(posix.join(posix.dirname(path), map))) {
    faults.add(`${path} names the map ${map}, which is not there`);
  }
  for (const match of text.matchAll(IMPORT)) {
    const specifier = match[1] ?? match[2] ?? match[3];
    if (specifier.startsWith('.')) {
      if (!candidates(path, specifier).some((one) => files.has(one)))
        faults.add(`${path} imports ${specifier}, which is not there`);
      continue;
    }
    const name = specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/');
    const declared = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies };
    if (isBuiltin(specifier) || name === manifest.name || Object.hasOwn(declared, name)) continue;
    if (path.endsWith('.d.ts') && Object.hasOwn(declared, `@types/${name}`)) continue;
    faults.add(`${path} imports ${name}, which is no dependency`);
  }
  return [...faults];
}

/** What declarations import as JavaScript lies there as a declaration. */
function candidates(path, specifier) {
  const target = posix.join(posix.dirname(path), specifier);
  return path.endsWith('.d.ts') ? [target.replace(/\.js$/, '.d.ts'), target] : [target];
}
