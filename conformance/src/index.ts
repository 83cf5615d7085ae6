export { writeModels } from './models/write-models.js';
export { ReferenceRuntime } from './reference/reference-runtime.js';
export { serveReference } from './reference/serve-reference.js';
