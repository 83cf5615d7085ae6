import type { inferenceV2 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import { findModel } from './find-model.js';
import type { ModelLookup } from './served-model.js';

/** What is reported of tracing and of the log, under the names of Triton. */
export interface ReportedSettings {
  /** Each setting with its values. Default: tracing is off. */
  readonly trace?: Readonly<Record<string, readonly string[]>>;
  readonly log?: Readonly<Record<string, boolean | number | string>>;
}

const TRACE_OFF = { trace_level: ['OFF'], trace_rate: ['0'], trace_count: ['0'], log_frequency: ['0'] };
const LOG = {
  log_file: '',
  log_info: true,
  log_warning: true,
  log_error: true,
  log_verbose_level: 0,
  log_format: 'ISO8601',
};

/** What the server's own configuration of tracing is called there. */
export function reportedSettings(
  tracing: { readonly otlpEndpoint?: string; readonly sampleRatio?: number } = {},
): ReportedSettings {
  const { otlpEndpoint, sampleRatio = 1 } = tracing;
  if (otlpEndpoint === undefined) return {};
  return {
    trace: {
      ...TRACE_OFF,
      trace_level: ['TIMESTAMPS'],
      trace_mode: ['opentelemetry'],
      // One of so many requests; 0 for none.
      trace_rate: [String(sampleRatio > 0 ? Math.round(1 / sampleRatio) : 0)],
      trace_count: ['-1'],
    },
  };
}

/** The settings of tracing. Changing them is the operator's, so a request with settings is refused. */
export function traceSetting(
  models: ModelLookup,
  { trace = TRACE_OFF }: ReportedSettings,
  { settings, modelName }: inferenceV2.TraceSettingRequest__Output,
): inferenceV2.TraceSettingResponse {
  refuseChange('trace', settings);
  if (modelName !== '') findModel(models, modelName, '');
  return {
    settings: Object.fromEntries(Object.entries(trace).map(([name, value]) => [name, { value: [...value] }])),
  };
}

/** The settings of the log; as with {@link traceSetting}, only to be read. */
export function logSettings(
  { log = LOG }: ReportedSettings,
  { settings }: inferenceV2.LogSettingsRequest__Output,
): inferenceV2.LogSettingsResponse {
  refuseChange('log', settings);
  const toValue = (value: boolean | number | string) => {
    if (typeof value === 'boolean') return { boolParam: value };
    return typeof value === 'number' ? { uint32Param: value } : { stringParam: value };
  };
  return { settings: Object.fromEntries(Object.entries(log).map(([name, value]) => [name, toValue(value)])) };
}

function refuseChange(what: 'trace' | 'log', settings: object): void {
  if (Object.keys(settings).length === 0) return;
  throw new DeepHealthError(
    'DH_FEATURE_UNSUPPORTED',
    `The ${what} settings can be read, not changed, over this protocol. Change the server's configuration.`,
    { details: { field: 'settings' } },
  );
}
