import type { inferenceV2 } from '@deephealth/proto';
import { findModel } from './find-model.js';
import type { ModelLookup, ServedModel } from './served-model.js';
import type { CountedDuration, StatisticsRecorder, VersionStatistics } from './statistics-recorder.js';

/**
 * Statistics of one version, of all versions of a model (empty version), or of all models (empty
 * name). Where several are asked for, those are listed that serve or have answered anything.
 * Throws DH_MODEL_NOT_FOUND or DH_MODEL_VERSION_NOT_FOUND.
 */
export function modelStatistics(
  models: ModelLookup,
  recorder: StatisticsRecorder,
  { name, version }: inferenceV2.ModelStatisticsRequest__Output,
): inferenceV2.ModelStatisticsResponse {
  const describe = (model: ServedModel) => toStatistics(model, recorder.of(model));
  if (name !== '' && version !== '') return { modelStats: [describe(findModel(models, name, version))] };
  if (name !== '') findModel(models, name, '');
  const wanted = name === '' ? models.all() : models.versions(name);
  const isActive = (model: ServedModel) => model.state === 'READY' || recorder.of(model).lastInferenceMs > 0;
  return { modelStats: wanted.filter(isActive).map(describe) };
}

function toStatistics(model: ServedModel, counted: VersionStatistics): inferenceV2.ModelStatistics {
  const never = toDuration({ count: 0, us: 0 });
  return {
    name: model.name,
    version: model.version,
    lastInference: counted.lastInferenceMs,
    inferenceCount: counted.inferenceCount,
    executionCount: counted.executionCount,
    inferenceStats: {
      success: toDuration(counted.success),
      fail: toDuration(counted.fail),
      queue: toDuration(counted.queue),
      computeInput: toDuration(counted.computeInput),
      computeInfer: toDuration(counted.computeInfer),
      computeOutput: toDuration(counted.computeOutput),
      // There is no response cache.
      cacheHit: never,
      cacheMiss: never,
    },
    batchStats: counted.batches.map((batch) => ({
      batchSize: batch.batchSize,
      computeInput: toDuration(batch.computeInput),
      computeInfer: toDuration(batch.computeInfer),
      computeOutput: toDuration(batch.computeOutput),
    })),
    memoryUsage: [],
    responseStats: {},
  };
}

/** Nanoseconds as a decimal text: a number would lose them after some months of load. */
function toDuration({ count, us }: CountedDuration): inferenceV2.StatisticDuration {
  return { count, ns: String(BigInt(Math.round(us)) * 1000n) };
}
