// For programs that put models into production, and for those that measure how long that takes.
export { type CheckOptions, checkOnPlatform } from './ttmip/check-on-platform.js';
export { type CheckSession, openCheckSession } from './ttmip/check-session.js';
export type { AddedSample, PlatformCheck } from './ttmip/platform-check.js';
export { readTimelines } from './ttmip/read-timelines.js';
export { recordStage } from './ttmip/record-stage.js';
export type { PlatformName, PlatformTimeline, Stage, StageRecord, Timeline } from './ttmip/stage-record.js';
