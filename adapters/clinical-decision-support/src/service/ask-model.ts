import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, type ErrorCode, type RuntimeClient, toldToPlatform } from '@deephealth/sdk';
import { inputSources } from '../bindings/input-sources.js';
import { UnmetNeeds } from '../errors.js';
import type { Deadline } from './deadline.js';
import type { CatalogService } from './service-catalog.js';

export interface ModelQuestion {
  readonly service: CatalogService;
  readonly requestId: string;
  readonly input: runtimeV1.NamedInput;
  /** Outputs that are wanted with the region behind them; then the question is of the lowest priority. Default none. */
  readonly highlights?: string[];
}

/** For making the card and writing its record, in ms. */
const RESERVE_MS = 15;

/**
 * What the runtime answers of this package to this request, in the time that is left. Throws UnmetNeeds for what is
 * about a value, DH_RESPONSE_INVALID, and what the runtime throws as a platform may hear it.
 */
export async function askModel(
  { service, requestId, input, highlights }: ModelQuestion,
  deadline: Deadline,
  runtime: RuntimeClient,
  reserveMs = RESERVE_MS,
): Promise<runtimeV1.PredictResponse__Output> {
  const { manifest, packageSha256, output, binding } = service;
  const response = await runtime
    .predict(
      {
        requestId,
        modelName: manifest.name,
        modelVersion: manifest.version,
        expectedPackageSha256: packageSha256,
        inputs: [input],
        outputs: [output.name],
        // A region takes hundreds of runs, and no score waits for them.
        ...(highlights === undefined ? { priority: 'PRIORITY_ROUTINE' } : { highlights, priority: 'PRIORITY_BATCH' }),
      },
      { deadlineMs: Math.max(1, deadline.remainingMs() - reserveMs), signal: deadline.signal },
    )
    .catch((error) => {
      throw asNeed(toldToPlatform(error), inputSources(binding));
    });
  const { provenance } = response;
  const isOurs = provenance?.packageSha256 === packageSha256 && response.requestId === requestId;
  if (!isOurs) {
    throw new DeepHealthError(
      'DH_RESPONSE_INVALID',
      'The runtime answered for another package or request. No card is made of it.',
    );
  }
  return response;
}

/** Refusals of the runtime that are about a value: the platform can do something about them. */
const ABOUT_VALUES: ReadonlySet<ErrorCode> = new Set([
  'DH_VALUE_OUT_OF_RANGE',
  'DH_VALUE_NOT_FINITE',
  'DH_VALUE_MISSING',
  'DH_CATEGORY_UNKNOWN',
  'DH_INPUT_UNLIKE_TRAINING',
  'DH_SIGNAL_FLAT',
  'DH_SIGNAL_LENGTH_MISMATCH',
  'DH_MEDIA_UNREADABLE',
  'DH_MODALITY_MISMATCH',
  'DH_ORIENTATION_MISMATCH',
  'DH_SPACING_OUT_OF_RANGE',
  'DH_GRID_MISMATCH',
]);

function asNeed(error: DeepHealthError, sources: ReturnType<typeof inputSources>): DeepHealthError {
  // A signal or an image is named as a whole, by its input.
  const column = error.details.column ?? error.details.input;
  const binds = column === undefined ? undefined : sources[column];
  if (!ABOUT_VALUES.has(error.code) || column === undefined || binds === undefined) return error;
  return new UnmetNeeds([
    { key: binds.from, column, sentence: error.message, ...(binds.codes === undefined ? {} : { codes: binds.codes }) },
  ]);
}
