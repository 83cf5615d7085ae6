// npm run soak: builds what is not built, then runs a soak; its options are in soak/main.mjs.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare } from './prepare.mjs';

prepare(dirname(dirname(fileURLToPath(import.meta.url))));
await import('../soak/main.mjs');
