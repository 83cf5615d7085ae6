export type { EngineFailure, EngineInput, EngineOutput, EngineResult, EngineSession } from './addon.js';
export { openEngineSession } from './open-engine-session.js';
