import { fileURLToPath } from 'node:url';

/** Folder of this package, where its cases and schemas lie: the same from `src/` and from `dist/`. */
export const packageRoot: string = fileURLToPath(new URL('..', import.meta.url));
