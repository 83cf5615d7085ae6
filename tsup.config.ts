import { defineConfig, type Options } from 'tsup';

const packageBuild = (folder: string, entry: Record<string, string>): Options => ({
  name: folder,
  entry: Object.fromEntries(Object.entries(entry).map(([name, file]) => [name, `${folder}/${file}`])),
  outDir: `${folder}/dist`,
  format: 'esm',
  target: 'node20',
  platform: 'node',
  sourcemap: true,
  splitting: true,
  // tsc writes the declarations: it checks the types in the same pass.
  dts: false,
  // Every import by package name stays one, so that no package is copied into another.
  skipNodeModulesBundle: true,
});

export default defineConfig([
  packageBuild('proto', { index: 'src/index.ts' }),
  packageBuild('sdk', { index: 'src/index.ts', 'testing/index': 'src/testing/index.ts' }),
  packageBuild('native', { index: 'lib/index.ts', twins: 'lib/twins.ts' }),
  packageBuild('runtime', {
    index: 'src/index.ts',
    'host/host-main': 'src/host/host-main.ts',
    // The server's end of a host, by itself: for the benchmark of the way there and back.
    'host/host-process': 'src/host/host-process.ts',
    'host/engine-worker': 'src/host/engine-worker.ts',
    'host/host-watchdog': 'src/host/host-watchdog.ts',
  }),
  packageBuild('conformance', {
    index: 'src/index.ts',
    'reference-main': 'src/reference/reference-main.ts',
    'reference-harness-main': 'src/reference/reference-harness-main.ts',
  }),
  packageBuild('cli', { index: 'src/index.ts' }),
  packageBuild('samples', { demo: 'src/demo.ts' }),
]);
