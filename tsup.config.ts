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

/**
 * A program that every model starts anew, with what it needs of our packages inside: loading the whole of
 * them takes longer than all else that it does before it is ready.
 */
const lean = (folder: string, entry: Record<string, string>): Options => ({
  ...packageBuild(folder, entry),
  name: `${folder} (${Object.keys(entry).join(', ')})`,
  noExternal: ['@deephealth/sdk'],
  esbuildOptions: (options) => {
    options.alias = { '@deephealth/sdk': './sdk/src/index.ts' };
  },
});

export default defineConfig([
  packageBuild('proto', { index: 'src/index.ts' }),
  packageBuild('sdk', { index: 'src/index.ts', 'testing/index': 'src/testing/index.ts' }),
  packageBuild('native', { index: 'lib/index.ts', twins: 'lib/twins.ts' }),
  packageBuild('runtime', {
    index: 'src/index.ts',
    // The server's end of a host, by itself: for the benchmark of the way there and back.
    'host/host-process': 'src/host/host-process.ts',
    'host/host-watchdog': 'src/host/host-watchdog.ts',
  }),
  lean('runtime', { 'host/host-main': 'src/host/host-main.ts' }),
  lean('runtime', { 'host/engine-worker': 'src/host/engine-worker.ts' }),
  packageBuild('conformance', {
    index: 'src/index.ts',
    'reference-main': 'src/reference/reference-main.ts',
    'reference-adapter-main': 'src/reference/reference-adapter-main.ts',
    'reference-cds-main': 'src/reference/reference-cds-main.ts',
    'reference-pathology-main': 'src/reference/reference-pathology-main.ts',
    'reference-expressif-main': 'src/reference/reference-expressif-main.ts',
    'reference-piaf-main': 'src/reference/reference-piaf-main.ts',
    'reference-harness-main': 'src/reference/reference-harness-main.ts',
  }),
  packageBuild('console', { index: 'src/index.ts' }),
  packageBuild('adapters/clinical-decision-support', { index: 'src/index.ts' }),
  packageBuild('adapters/digital-pathology', { index: 'src/index.ts' }),
  // The slide viewer's page, for browsers, beside its HTML and CSS.
  {
    ...packageBuild('adapters/digital-pathology', { page: 'src/viewer/page/page.ts' }),
    name: 'adapters/digital-pathology (page)',
    outDir: 'adapters/digital-pathology/dist/viewer',
    publicDir: 'adapters/digital-pathology/src/viewer/page/static',
    platform: 'browser',
    target: 'es2022',
    splitting: false,
  },
  packageBuild('adapters/expressif', { index: 'src/index.ts' }),
  packageBuild('adapters/piaf', { index: 'src/index.ts', 'testing/index': 'src/testing/index.ts' }),
  lean('adapters/expressif', { 'batch-worker': 'src/batch/batch-worker.ts' }),
  packageBuild('cli', {
    index: 'src/index.ts',
    // Brings every adapter; the command itself loads what it is asked for.
    production: 'src/production.ts',
    'console-reader': 'src/console/reader/reader-main.ts',
  }),
  packageBuild('samples', {
    demo: 'src/demo.ts',
    'organ-relations': 'src/organ-relations.ts',
    'hosts/cds/serve': 'hosts/cds/serve.ts',
    'hosts/pathology/demo': 'hosts/pathology/demo.ts',
    'hosts/piaf/demo': 'hosts/piaf/demo.ts',
    'adapters/deephealth-toolkit/index': 'adapters/deephealth-toolkit/src/index.ts',
    'rules/heart-disease-report': 'rules/heart-disease-report.ts',
  }),
  // The script of the sample EHR's page, for browsers.
  {
    ...packageBuild('samples', { 'hosts/cds/page': 'hosts/cds/page/page.ts' }),
    name: 'samples (page)',
    platform: 'browser',
    target: 'es2022',
    splitting: false,
  },
]);
