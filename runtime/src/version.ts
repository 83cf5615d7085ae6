import { createRequire } from 'node:module';

// From src/ and from dist/ the package's own package.json is one folder up.
const require = createRequire(import.meta.url);

export const RUNTIME_VERSION: string = (require('../package.json') as { version: string }).version;
export const RUNTIME_NAME = `deephealth-runtime/${RUNTIME_VERSION}`;

/** Engine that model hosts run, for server information; the engine itself is never loaded here. */
export const ENGINE_NAME = `onnxruntime-node/${(require('onnxruntime-node/package.json') as { version: string }).version}`;
