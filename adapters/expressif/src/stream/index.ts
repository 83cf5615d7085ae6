export type { HeldInput, InputRules, QueueOptions } from './active-input-queue.js';
export type { ChangeChain, ExpressionChange, InputChange, OutputChange, RuleFiringChange } from './change-chain.js';
export type { Change, Degree } from './incremental-evaluation.js';
export {
  createRuleStream,
  type RuleStream,
  type RuleStreamOptions,
  type StreamChange,
  type StreamStatistics,
} from './rule-stream.js';
export { createSystemClock, type StreamClock } from './stream-clock.js';
export type { Admission, InputRefusal, OutOfOrderPolicy, StreamInput } from './stream-input.js';
