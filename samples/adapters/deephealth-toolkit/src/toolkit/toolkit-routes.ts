import {
  bearerToken,
  DeepHealthError,
  type FaceAnswer,
  type FaceRequest,
  jsonBody,
  type RuntimeClient,
} from '@deephealth/sdk';
import { malformed, toPlatformError } from '../errors.js';
import { type Accounts, TOKEN_SECONDS } from './accounts.js';
import { allowedImageUrl, fetchImage, imageOfDataUri } from './image-source.js';
import { inferDataset, inferImage } from './inference.js';
import { outputRows } from './output-rows.js';
import type { Processes } from './processes.js';
import { numberField, object, onlyFields, textField } from './request-fields.js';
import type { Project, ToolkitConfig } from './toolkit-config.js';
import { modelId, noWeights, type Weights, type WeightsOfRuntime } from './weights.js';

export interface ToolkitParts {
  readonly config: ToolkitConfig;
  readonly accounts: Accounts;
  readonly processes: Processes;
  readonly weights: WeightsOfRuntime;
  readonly runtime: RuntimeClient;
  readonly deadlineMs: number;
}

/** Handlers by method and path, each for a caller who is known. */
type Handler = (request: FaceRequest, user: string) => Promise<FaceAnswer> | FaceAnswer;

const TASKS = [
  { id: 1, name: 'Classification' },
  { id: 2, name: 'Segmentation' },
] as const;
const NOT_SERVED = ['train', 'trainings', 'trainingSettings', 'weightsDownload', 'properties'];

/** The face in the toolkit's shape; undefined for a path that is none of its own. */
export function createToolkitRoutes(parts: ToolkitParts) {
  const { config, accounts, processes, weights } = parts;
  const projectsOf = (user: string) => config.projects.filter(({ users }) => users.includes(user));
  const ok = (json: object): FaceAnswer => ({ status: 200, json });

  /** Weights of a project of the caller. @throws DH_MODEL_NOT_FOUND, in the same words for all that is not there */
  async function asked(body: Readonly<Record<string, unknown>>, user: string): Promise<Weights> {
    const id = numberField('modelweights_id', body.modelweights_id);
    const projectId = numberField('project_id', body.project_id);
    const project = projectsOf(user).find((one) => one.id === projectId);
    if (project === undefined) throw noWeights();
    const found = await weights.find(id);
    if (!project.models.includes(found.model)) throw noWeights();
    return found;
  }

  const inferenceSingle: Handler = async (request, user) => {
    const body = object('the body', jsonBody(request));
    onlyFields(body, ['modelweights_id', 'project_id', 'image_url', 'image_data']);
    const { image_url: url, image_data: data } = body;
    if ((url === undefined) === (data === undefined))
      throw malformed('image_data', 'there, or "image_url" in its place');
    const image = data === undefined ? undefined : imageOfDataUri(data);
    const allowed = url === undefined ? undefined : allowedImageUrl(url, config.imageOrigins);
    const found = await asked(body, user);
    const process = processes.start(user, async (signal) => {
      const sent = image ?? (await fetchImage(allowed as URL, signal));
      return [await inferImage({ ...parts, weights: found, signal }, sent)];
    });
    return ok({ result: 'ok', process_id: process });
  };

  const inference: Handler = async (request, user) => {
    const body = object('the body', jsonBody(request));
    onlyFields(body, ['modelweights_id', 'project_id', 'dataset_id']);
    const datasetId = numberField('dataset_id', body.dataset_id);
    const dataset = config.datasets.find(({ id, users }) => id === datasetId && users.includes(user));
    if (dataset === undefined) throw new DeepHealthError('DH_ARTEFACT_NOT_FOUND', 'There is no dataset of this id.');
    const found = await asked(body, user);
    const process = processes.start(user, (signal, onDone) =>
      inferDataset({ ...parts, weights: found, signal }, dataset, onDone),
    );
    return ok({ result: 'ok', process_id: process });
  };

  const processId = ({ query }: FaceRequest) => textField('process_id', query.get('process_id'));
  const shown = async (user: string) => {
    const names = new Set(projectsOf(user).flatMap(({ models }) => models));
    return (await weights.all()).filter(({ model }) => names.has(model));
  };
  const taskId = (project: Project) => TASKS.find(({ name }) => name === project.task)?.id;

  const handlers: Readonly<Record<string, Handler>> = {
    'GET projects': (_, user) =>
      ok(projectsOf(user).map((project) => ({ id: project.id, name: project.name, task_id: taskId(project) }))),
    'GET tasks': () => ok(TASKS),
    'GET datasets': (_, user) =>
      ok(config.datasets.filter(({ users }) => users.includes(user)).map(({ id, name }) => ({ id, name }))),
    'GET models': async (_, user) => {
      const names = new Set((await shown(user)).map(({ model }) => model));
      return ok([...names].map((name) => ({ id: modelId(name), name })));
    },
    'GET weights': async (_, user) =>
      ok(
        (await shown(user)).map(({ id, modelId: model, model: name, version, packageSha256, isReady }) => ({
          ...{ id, model_id: model, name: `${name} ${version}`, package_sha256: packageSha256, is_ready: isReady },
        })),
      ),
    'GET allowedProperties': async (_, user) => ok((await shown(user)).map(preProcessingOf)),
    'POST inferenceSingle': inferenceSingle,
    'POST inference': inference,
    'GET status': (request, user) => ok({ result: 'ok', status: processes.status(processId(request), user) }),
    'GET output': async (request, user) => {
      const id = processId(request);
      // A conflict with what is going on, and no fault of the request: polled again, it succeeds.
      if (processes.status(id, user).process_status === 'STARTED') return inExecution();
      return ok({ result: 'ok', ...(await outputRows(processes.output(id, user))) });
    },
    'POST stopProcess': (request, user) => {
      processes.stop(textField('process_id', object('the body', jsonBody(request)).process_id), user);
      return ok({ result: 'ok' });
    },
  };

  async function token({ headers, body, ...request }: FaceRequest): Promise<FaceAnswer> {
    const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded');
    const fields: Readonly<Record<string, unknown>> = isForm
      ? Object.fromEntries(new URLSearchParams(body.toString()))
      : object('the body', jsonBody({ headers, body, ...request }));
    if (fields.grant_type !== 'password') throw malformed('grant_type', '"password"');
    const password = textField('password', fields.password);
    const access = await accounts.token(textField('username', fields.username), password);
    return ok({ access_token: access, token_type: 'Bearer', expires_in: TOKEN_SECONDS });
  }

  return async (request: FaceRequest): Promise<FaceAnswer | undefined> => {
    const { method, path, headers } = request;
    const place = path.join('/');
    if (method === 'POST' && place === 'auth/token') return token(request);
    const name = `${method} ${place}`;
    const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
    if (handler !== undefined) return handler(request, accounts.userOf(bearerToken(headers.authorization)));
    if (!NOT_SERVED.includes(path[0] ?? '')) return undefined;
    throw new DeepHealthError(
      'DH_FEATURE_UNSUPPORTED',
      'This adapter infers; it neither trains nor gives weights away.',
    );
  };
}

function inExecution(): FaceAnswer {
  const error = new DeepHealthError('DH_RUN_NOT_COMPLETE', 'The process is in execution. Ask for its status.');
  return { status: 409, headers: { 'retry-after': '1' }, json: { result: 'error', error: toPlatformError(error) } };
}

/** How the package prepares an image, to be read and not to be changed. */
function preProcessingOf({ id, modelId: model, descriptor, input }: Weights) {
  const { inputs = [] } = JSON.parse(descriptor.manifestJson) as { inputs?: { name: string; steps?: unknown[] }[] };
  const steps = inputs.find(({ name }) => name === input)?.steps ?? [];
  return { model_id: model, modelweights_id: id, name: 'pre-processing', value: steps, is_fixed: true };
}
