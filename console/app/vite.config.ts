import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
  root: here,
  // The console may be mounted behind a prefix: everything is found beside its page.
  base: './',
  publicDir: false,
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/app',
    emptyOutDir: true,
    target: ['chrome125', 'firefox125', 'safari17.5'],
    // Its policy allows neither scripts within pages nor data: addresses of assets.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    sourcemap: false,
    reportCompressedSize: false,
    // The terms of what is bundled ask for their text beside it.
    license: { fileName: 'licences.md' },
  },
});
