import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Which of our packages each package may import. Nothing else, and never upwards. */
const ALLOWED: Record<string, readonly string[]> = {
  proto: [],
  sdk: ['proto'],
  native: [],
  runtime: ['proto', 'sdk', 'native'],
  'adapters/clinical-decision-support': ['proto', 'sdk'],
  'adapters/piaf': ['proto', 'sdk'],
  'adapters/expressif': ['proto', 'sdk'],
  'adapters/digital-pathology': ['proto', 'sdk', 'native'],
  conformance: ['proto', 'sdk'],
  console: ['proto', 'sdk'],
  cli: ['proto', 'sdk', 'runtime', 'adapters/*', 'conformance', 'console'],
  samples: ['proto', 'sdk', 'runtime', 'adapters/*', 'conformance', 'console', 'cli'],
};

/** It is bundled for browsers. */
const PAGE = 'console/app/';

const folderOf = (specifier: string) =>
  specifier
    .replace('@deephealth/', '')
    .replace(/^adapter-/, 'adapters/')
    .split('/')
    .slice(0, specifier.includes('adapter-') ? 2 : 1)
    .join('/');

interface Import {
  readonly file: string;
  readonly specifier: string;
}

/** Import and export specifiers of a source text, dynamic imports and `typeof import` included. */
function importsOf(file: string, source: string): Import[] {
  const withoutComments = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  // A quote before `from` makes it the end of a text, such as the name of a parameter, not a word of an import.
  const pattern = /(?:(?<!['"])\bfrom\s*|\bimport\s*\(?\s*)['"]([^'"]+)['"]/g;
  return [...withoutComments.matchAll(pattern)].map((match) => ({ file, specifier: match[1] as string }));
}

// Templates are programs of others, which use the packages as these do.
function sources(folder: string): string[] {
  try {
    return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(?:m?ts|tsx)$/.test(file) && !/(^|\/)(node_modules|dist|generated|templates)\//.test(file))
      .map((file) => join(folder, file));
  } catch {
    return [];
  }
}

/** What only tests use. The sdk's own folder `testing` is a part of that package, for tests of others. */
function isForTests(file: string): boolean {
  return /\.test\.ts$/.test(file) || (/\/(test|testing)\//.test(file) && !file.startsWith('sdk/src/testing/'));
}

/** What is wrong with one import of a package's file; undefined if nothing is. */
function violation(owner: string, { file, specifier }: Import, isTest: boolean): string | undefined {
  if (specifier.startsWith('.')) {
    const target = relative(join(root, owner), resolve(root, dirname(file), specifier));
    return target.startsWith('..') ? `${file} reaches outside its package: ${specifier}` : undefined;
  }
  if (!specifier.startsWith('@deephealth/')) return undefined;
  const target = folderOf(specifier);
  // A package's own tests may import it by its public name.
  if (target === owner && isTest) return undefined;
  const allowed = (ALLOWED[owner] ?? []).some(
    (entry) => entry === target || (entry.endsWith('/*') && target.startsWith(entry.slice(0, -1))),
  );
  if (!allowed) return `${file} may not import ${specifier}`;
  const subPath = specifier.split('/').slice(2).join('/');
  // The models of the conformance suite are its product.
  const isTesting = specifier === '@deephealth/sdk/testing' && (isTest || owner === 'conformance');
  return subPath !== '' && !isTesting ? `${file} reaches into a package: ${specifier}` : undefined;
}

function violations(owner: string): string[] {
  return sources(owner).flatMap((file) => {
    const isTest = isForTests(file);
    const imports = importsOf(file, readFileSync(join(root, file), 'utf8'));
    return imports.flatMap((found) => violation(owner, found, isTest) ?? []);
  });
}

/** Cycles between files of one package, as "a > b > a"; type-only imports count too. */
function cycles(owner: string): string[] {
  const files = sources(owner).filter((file) => !/\.test\.ts$/.test(file));
  const edges = new Map(
    files.map((file) => [
      file,
      importsOf(file, readFileSync(join(root, file), 'utf8').replace(/import type [\s\S]*?;/g, ''))
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier }) => relative(root, resolve(root, dirname(file), specifier)).replace(/\.js$/, '.ts'))
        .map((target) => (files.includes(target) ? target : target.replace(/\.ts$/, '.tsx'))),
    ]),
  );
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) found.push([...path.slice(at), file].join(' > '));
    if (at >= 0 || done.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  return found;
}

describe('imports point one way', () => {
  it.each(Object.keys(ALLOWED))('%s imports only what it may', (owner) => {
    expect(violations(owner)).toEqual([]);
  });

  it.each(Object.keys(ALLOWED))('%s has no cycle', (owner) => {
    expect(cycles(owner)).toEqual([]);
  });

  it('packages state what they import', () => {
    for (const owner of Object.keys(ALLOWED)) {
      // What a page bundles is no dependency of its package.
      const files = sources(owner).filter((file) => !isForTests(file) && !file.startsWith(PAGE));
      if (files.length === 0) continue;
      const manifest = JSON.parse(readFileSync(join(root, owner, 'package.json'), 'utf8')) as {
        dependencies?: Record<string, string>;
        devDependencies?: Record<string, string>;
      };
      const used = new Set(
        files.flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8'))).map((i) => i.specifier),
      );
      const packages = [...used]
        .filter((s) => !s.startsWith('.') && !s.startsWith('node:'))
        .map((s) =>
          s
            .split('/')
            .slice(0, s.startsWith('@') ? 2 : 1)
            .join('/'),
        );
      const types = { ...manifest.devDependencies, ...manifest.dependencies };
      const missing = packages
        .filter((name) => !Object.hasOwn(manifest.dependencies ?? {}, name))
        // What is only types has a package of its own.
        .filter((name) => !Object.hasOwn(types, `@types/${name}`));
      expect({ owner, missing }).toEqual({ owner, missing: [] });
    }
  });

  it('the page of the console imports what the build has, and of our packages only types of its own', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const files = sources('console').filter((file) => file.startsWith(PAGE) && !isForTests(file));
    const used = files.flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8')));
    const others = used.map(({ specifier }) => specifier).filter((specifier) => !/^(?:\.|node:)/.test(specifier));
    // Types of Markdown's tree are a package of types.
    const known = (name: string) =>
      Object.hasOwn(devDependencies, name) || Object.hasOwn(devDependencies, `@types/${name}`);
    expect(others.map((one) => one.split('/')[0] as string).filter((name) => !known(name))).toEqual([]);
    const outside = used.filter(({ file, specifier }) => /^console\/src/.test(join(dirname(file), specifier)));
    expect(outside.filter(({ specifier }) => !specifier.endsWith('src/api.js'))).toEqual([]);
    expect(outside.length).toBeGreaterThan(0);
  });

  it('would notice an import upwards, sideways, deep or out of the package', () => {
    const check = (owner: string, specifier: string) =>
      violation(owner, { file: `${owner}/src/x.ts`, specifier }, false);
    expect(check('sdk', '@deephealth/runtime')).toBeDefined();
    expect(check('adapters/piaf', '@deephealth/adapter-expressif')).toBeDefined();
    expect(check('runtime', '@deephealth/sdk/dist/index.js')).toBeDefined();
    expect(check('conformance', '@deephealth/runtime')).toBeDefined();
    expect(check('console', '@deephealth/runtime')).toBeDefined();
    expect(check('runtime', '../../sdk/src/index.js')).toBeDefined();
    expect(check('cli', '@deephealth/adapter-piaf')).toBeUndefined();
    expect(check('runtime', '@deephealth/native')).toBeUndefined();
  });
});
