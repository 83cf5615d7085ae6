import { DeepHealthError } from '@deephealth/sdk';
import type { ChainRoot } from '../http/input-location.js';
import type { ServedChain, SubmitRequest } from '../runs/run-service.js';
import { VERSION } from '../version.js';
import { parseJobOrder } from './job-order.js';
import { invalid, type RunForm } from './read-run-form.js';
import { chainOfWorkflow } from './workflow-url.js';

export const WORKFLOW_TYPE = 'CWL';
export const WORKFLOW_TYPE_VERSION = 'v1.2';
export const WORKFLOW_ENGINE = 'deephealth';

export interface RunRequestContext {
  readonly chains: readonly ServedChain[];
  readonly roots: readonly ChainRoot[];
  /** Where the caller reaches the server. */
  readonly base: string;
}

const MOST_TAGS = 64;
const LONGEST_TAG = 1024;

/**
 * A run request of WES 1.1. What is kept of it names studies by their place, since their file names may name people.
 *
 * @throws DH_CHAIN_REQUEST_INVALID naming the field, DH_WORKFLOW_UNSUPPORTED
 */
export function parseRunRequest(
  { fields, upload }: RunForm,
  context: RunRequestContext,
): Pick<SubmitRequest, 'chain' | 'parameters' | 'inputs' | 'request'> {
  const attachments = upload?.names ?? [];
  const type = required(fields.get('workflow_type'), 'workflow_type');
  const version = required(fields.get('workflow_type_version'), 'workflow_type_version');
  const workflow = required(fields.get('workflow_url'), 'workflow_url');
  if (type !== WORKFLOW_TYPE) throw unsupported('workflow_type', `can only be ${WORKFLOW_TYPE}`);
  if (version !== WORKFLOW_TYPE_VERSION) {
    throw unsupported('workflow_type_version', `can only be ${WORKFLOW_TYPE_VERSION}`);
  }
  const engine = fields.get('workflow_engine');
  const engineVersion = fields.get('workflow_engine_version');
  if (engine !== undefined && engine !== WORKFLOW_ENGINE) {
    throw unsupported('workflow_engine', `can only be ${WORKFLOW_ENGINE}`);
  }
  if (engineVersion !== undefined && engine === undefined) {
    throw invalid('workflow_engine', 'is required beside "workflow_engine_version"');
  }
  if (engineVersion !== undefined && engineVersion !== VERSION) {
    throw unsupported('workflow_engine_version', `can only be ${VERSION}`);
  }
  const engineParameters = parseObject(fields.get('workflow_engine_parameters'), 'workflow_engine_parameters') ?? {};
  if (Object.keys(engineParameters).length > 0) {
    throw unsupported('workflow_engine_parameters', 'must be empty: this engine has none');
  }
  const chain = chainOfWorkflow(workflow, { ...context, attachments });
  const tags = tagsOf(parseObject(fields.get('tags'), 'tags') ?? {});
  const params = parseObject(required(fields.get('workflow_params'), 'workflow_params'), 'workflow_params') ?? {};
  const { inputs, parameters, kept } = parseJobOrder(params, { roots: context.roots, attachments });
  return {
    chain: chain.id,
    parameters,
    inputs,
    request: {
      workflow_params: kept,
      workflow_type: type,
      workflow_type_version: version,
      workflow_url: chain.id,
      ...(engine === undefined ? {} : { workflow_engine: engine }),
      ...(engineVersion === undefined ? {} : { workflow_engine_version: engineVersion }),
      tags,
    },
  };
}

function required(value: string | undefined, field: string): string {
  if (value !== undefined && value !== '') return value;
  throw invalid(field, 'is required');
}

function parseObject(text: string | undefined, field: string): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid(field, 'is no JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalid(field, 'must be an object');
}

function tagsOf(tags: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const entries = Object.entries(tags);
  if (entries.length > MOST_TAGS) throw invalid('tags', `must be ${MOST_TAGS} at most`);
  if (entries.every(([name, value]) => typeof value === 'string' && name.length + value.length <= LONGEST_TAG)) {
    return tags as Readonly<Record<string, string>>;
  }
  throw invalid('tags', `must be texts, each with its name of ${LONGEST_TAG} characters at most`);
}

function unsupported(field: string, sentence: string): DeepHealthError {
  return new DeepHealthError('DH_WORKFLOW_UNSUPPORTED', `"${field}" ${sentence}.`, { details: { field } });
}
