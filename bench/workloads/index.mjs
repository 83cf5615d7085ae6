// What is asked of a server: a method, requests for it, and how an answer is read.
import { CNN, CNN_PICTURE } from '../models/cnn.mjs';
import { MLP } from '../models/mlp.mjs';
import { REDUCE_MAX } from '../models/reduce-max.mjs';
import { SLOW_MILLISECONDS, SLOW_SECOND } from '../models/slow.mjs';
import { predictPictureWorkload, predictStreamWorkload, predictWorkload } from './contract.mjs';
import { HEALTH_CHECK } from './health.mjs';
import { inferStreamWorkload, inferWorkload } from './open-inference.mjs';

/** Inputs of a model: `variants` different ones, so that an answer to another request is noticed. */
const of = (model, shape, variants, more = {}) => ({
  model: model.name,
  input: model.tensors.inputs[0].name,
  shape,
  variants,
  ...more,
});
// Many answers a second: reading each of them would be the client's load, not the server's.
const mlp = of(MLP, [1, 30], 16, { checkEvery: 7 });

export const WORKLOADS = {
  'mlp-infer': inferWorkload(mlp),
  'mlp-predict': predictWorkload(mlp),
  'mlp-predict-stream': predictStreamWorkload(mlp),
  'mlp-model-stream-infer': inferStreamWorkload(mlp),
  'cnn-infer': inferWorkload(of(CNN, [1, 3, 224, 224], 4)),
  'cnn-picture': predictPictureWorkload(of(CNN_PICTURE, [1, 3, 224, 224], 4)),
  'payload-600kb': inferWorkload(of(REDUCE_MAX, [1, 150_528], 4)),
  'payload-10mb': inferWorkload(of(REDUCE_MAX, [1, 2_621_440], 2)),
  'second-predict': predictWorkload(of(SLOW_SECOND, [1, 4], 2)),
  'routine-predict': predictWorkload(of(SLOW_MILLISECONDS, [1, 4], 16, { priority: 'PRIORITY_ROUTINE' })),
  'stat-predict': predictWorkload(of(SLOW_MILLISECONDS, [1, 4], 16, { priority: 'PRIORITY_STAT' })),
  'health-check': HEALTH_CHECK,
};

/** Seed of the input of a variant. */
export const seedOf = (variant) => 1000 + variant;
