import { runPages } from './run-pages.js';

runPages((page) => page.startsWith('docs/guides/'));
