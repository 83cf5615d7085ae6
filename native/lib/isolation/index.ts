export { confineLauncher } from './confine-launcher.js';
export { sealProcess } from './seal-process.js';
