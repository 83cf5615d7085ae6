// For tests of what stands upon runs: faces, servers, clients.

export {
  createRunServiceDouble,
  type RunServiceDouble,
  type RunServiceDoubleOptions,
  type UploadDouble,
} from './run-service-double.js';
export { describeServedChain, servedChain } from './served-chains.js';
