// ONNX Runtime decides once, when its library is loaded, whether it sends telemetry. So there are few
// places that load it, each refuses to while telemetry is on, and this test knows all of them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The places, and what each says before anything is loaded. */
const PLACES: Readonly<Record<string, RegExp>> = {
  'runtime/src/host/onnx-session.ts': /if \(process\.env\.ORT_DISABLE_TELEMETRY !== '1'\) \{\s+throw /,
  'bench/servers/engine-main.mjs': /if \(process\.env\.ORT_DISABLE_TELEMETRY !== '1'\) throw /,
  'native/src/engine/onnx-runtime.cc': /std::strcmp\(telemetry, "1"\) != 0\) \{\s+throw /,
};

/** Those that open the module, or find its library for one that opens it. */
const FINDS_THE_LIBRARY = 'runtime/src/host/engine-library.ts';

const LOADS: readonly RegExp[] = [
  // A statement that brings in more than types.
  /^\s*(?:import|export) (?!type\b)[^;]*?from ['"]onnxruntime-(?:node|web|common)['"]/m,
  /^\s*import ['"]onnxruntime-/m,
  /\b(?:import|require)\(\s*['"]onnxruntime-(?:node|web|common)['"]\s*\)/,
  /dlsym\([^)]*OrtGetApiBase/,
  /libonnxruntime[\w.]*['"]\s*,\s*RTLD/,
];

const SOURCES = /\.(?:ts|mts|cts|js|mjs|cjs|tsx|cc|h|cpp|c)$/;
const FOLDERS = [
  'proto',
  'sdk',
  'native',
  'runtime',
  'conformance',
  'cli',
  'adapters',
  'samples',
  'scripts',
  'bench',
  'test',
];

function sources(): { readonly file: string; readonly text: string }[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => SOURCES.test(name) && !/(?:^|\/)(?:node_modules|dist|build|generated)\//.test(name))
      .map((name) => ({ file: `${folder}/${name}`, text: readFileSync(join(root, folder, name), 'utf8') })),
  );
}

const loads = (text: string) => LOADS.some((pattern) => pattern.test(text));

describe('ONNX Runtime', () => {
  const all = sources().filter(({ file }) => file !== 'test/telemetry-places.test.ts');

  it('is loaded in the places that refuse to while its telemetry is on, and in no other', () => {
    expect(all.length).toBeGreaterThan(1000);
    const found = all.filter(({ file, text }) => loads(text) && !/\.test\.ts$/.test(file)).map(({ file }) => file);
    expect(found.sort()).toEqual(Object.keys(PLACES).sort());
    for (const { file, text } of all) {
      const guard = PLACES[file];
      if (guard !== undefined) expect(text, file).toMatch(guard);
    }
  });

  it('has telemetry off in tests that load it, too', () => {
    const tests = all.filter(({ file, text }) => /\.test\.ts$/.test(file) && loads(text));
    expect(tests.filter(({ text }) => !/ORT_DISABLE_TELEMETRY\b/.test(text)).map(({ file }) => file)).toEqual([]);
  });

  it('is found by its path in one place, which loads nothing', () => {
    const paths = all.filter(({ file, text }) => /libonnxruntime/.test(text) && !/\.test\.ts$/.test(file));
    expect(paths.map(({ file }) => file).filter((file) => PLACES[file] === undefined)).toEqual([FINDS_THE_LIBRARY]);
  });

  it('gets the word from the server that starts its process, and again in that process before anything else', () => {
    expect(readFileSync(join(root, 'runtime/src/host/host-process.ts'), 'utf8')).toMatch(/ORT_DISABLE_TELEMETRY: '1'/);
    const main = readFileSync(join(root, 'runtime/src/host/host-main.ts'), 'utf8');
    const firstWords = main.slice(0, main.indexOf('const CHANNEL_FD'));
    expect(firstWords).toContain("process.env.ORT_DISABLE_TELEMETRY = '1';");
    // What these modules bring in must not be the engine: it comes with the order to load a package.
    expect(firstWords).not.toMatch(
      /^import (?!type\b).* from '\.\/(?:load-in-host|open-session|onnx-session|engine-worker)\.js'/m,
    );
  });

  it.each([
    "import * as ort from 'onnxruntime-node';",
    "import { InferenceSession } from 'onnxruntime-node';",
    "const ort = await import('onnxruntime-node');",
    "const ort = require('onnxruntime-web');",
    "import 'onnxruntime-node';",
  ])('would be noticed elsewhere: %s', (text) => {
    expect(loads(text)).toBe(true);
    expect(loads("import type { Tensor } from 'onnxruntime-node';")).toBe(false);
  });
});
