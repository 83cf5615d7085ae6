import * as access from './access.mjs';
import * as addon from './addon.mjs';
import * as audit from './audit.mjs';
import * as cds from './cds.mjs';
import * as chains from './chains.mjs';
import * as cnnThroughput from './cnn-throughput.mjs';
import * as health from './health.mjs';
import * as isolation from './isolation.mjs';
import * as kernels from './kernels.mjs';
import * as messages from './messages.mjs';
import * as mlpLatency from './mlp-latency.mjs';
import * as mlpStreams from './mlp-streams.mjs';
import * as mlpVsEcho from './mlp-unary-vs-echo.mjs';
import * as mlpVsMlserver from './mlp-unary-vs-mlserver.mjs';
import * as overload from './overload.mjs';
import * as payload from './payload.mjs';
import * as rules from './rules.mjs';
import * as slides from './slides.mjs';

/**
 * @typedef {object} Bar
 * @property {string} id
 * @property {string} title what is compared, in a phrase
 * @property {string} method how it is measured, in sentences for the report
 * @property {{ min: number } | { max: number }} bound
 * @property {'ratio' | 'ms' | 'us'} unit
 * @property {(context: import('../context.mjs').BenchContext) => Promise<{ value: number, noise: number, details?: object }>} measure
 */

/** Every bar, in the order of measurement: bars on the same model stand together. @type {Bar[]} */
export const BARS = [
  cnnThroughput,
  mlpVsEcho,
  mlpVsMlserver,
  mlpStreams,
  mlpLatency,
  payload,
  health,
  overload,
  audit,
  cds,
  slides,
  chains,
  rules,
  access,
  isolation,
  addon,
  messages,
  kernels,
].flatMap((module) => module.bars);
