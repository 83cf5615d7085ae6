import type { inferenceV2 } from '@deephealth/proto';
import { compareNumbers } from '../compare/compare-numbers.js';
import { fieldAt, mismatch } from '../compare/match-fields.js';
import { evaluate } from '../oracle/evaluate.js';
import { NotJudged, TargetFailure } from '../run/case-result.js';
import type { StepContext } from '../run/run-steps.js';
import { checkClasses } from './check-classes.js';
import { describesModel } from './describes-model.js';
import { type HttpAnswer, httpExchange, modelPath } from './http-exchange.js';
import { type InferAnswer, parseObject, readBody, readMessage } from './oip-answer.js';
import { oipModel } from './oip-models.js';
import type { AskSpec, HttpSpec, InferSpec, OipExpectation, OipStep, VersionWord } from './oip-step.js';
import { type OipTarget, type TargetModel, targetModel } from './oip-target.js';
import { type PreparedInfer, prepareInfer, toBody, toMessage } from './prepare-infer.js';

/** A version that no model has. */
const UNLISTED = '987654321';
const NO_DIGESTS = { package: '', onnx: '' };
/** A status that the client made itself is no refusal of the server. */
const OF_THE_CLIENT = ['DEADLINE_EXCEEDED', 'CANCELLED'];

export interface OipContext extends StepContext {
  readonly oip: OipTarget;
  readonly deadlineMs: number;
}

/** What came of a question, whatever face it was asked over. */
interface Heard {
  /** `OK`, the name of a gRPC status, or the number of an HTTP one. */
  readonly status: string;
  readonly isOk: boolean;
  readonly message: string;
  /** The message or JSON object of an answer; undefined for a body that is none. */
  readonly answer: unknown;
  readonly http?: HttpAnswer;
}

/** Runs a step of the protocol and gives its evidence; throws TargetFailure, or NotJudged. */
export async function runOipStep(step: OipStep, context: OipContext): Promise<string[]> {
  const expect = step.expect ?? {};
  if (step.ask !== undefined) return runAsk(step.ask, expect, context);
  if (step.infer !== undefined) return runInfer(step.infer, expect, context);
  if (step.http !== undefined) return runHttp(step.http, expect, context);
  throw new RangeError('a step does nothing');
}

async function runAsk(spec: AskSpec, expect: OipExpectation, context: OipContext): Promise<string[]> {
  const model = spec.model === undefined ? undefined : targetModel(context.oip, spec.model);
  const version = model === undefined ? '' : await versionOf(model, spec.version, context);
  const heard = await ask(spec, model, version, context);
  const { answer: wanted } = expect;
  if (wanted === 'refused' || (wanted === 'either' && !heard.isOk)) return checkRefusal(heard, expect);
  if (!heard.isOk) throw new TargetFailure(`expected an answer, got ${shown(heard)}`);
  const evidence = [`status ${heard.status}`, ...checkHttp(heard, expect)];
  if (expect.describes && spec.model !== undefined && model !== undefined) {
    evidence.push(describesModel(objectOf(heard), oipModel(spec.model).graph, model));
  }
  for (const [path, matcher] of Object.entries(expect.fields ?? {})) {
    const wrong = mismatch(fieldAt(objectOf(heard), path), matcher, NO_DIGESTS);
    if (wrong !== undefined) throw new TargetFailure(`${path}: ${wrong}`);
    evidence.push(`${path} as expected`);
  }
  return evidence;
}

const RPCS = {
  live: 'ServerLive',
  ready: 'ServerReady',
  'model-ready': 'ModelReady',
  'server-metadata': 'ServerMetadata',
  'model-metadata': 'ModelMetadata',
} as const;

async function ask(
  { what, over, modelName }: AskSpec,
  model: TargetModel | undefined,
  version: string,
  context: OipContext,
): Promise<Heard> {
  const name = modelName ?? model?.name ?? '';
  if (over === 'grpc') return hear(RPCS[what], what.startsWith('model') ? { name, version } : {}, context);
  const paths = {
    live: '/v2/health/live',
    ready: '/v2/health/ready',
    'model-ready': modelPath(name, version, '/ready'),
    'server-metadata': '/v2',
    'model-metadata': modelPath(name, version),
  };
  return hearHttp(await httpExchange(originOf(context), { method: 'GET', path: paths[what] }, context.deadlineMs));
}

async function hear(rpc: string, message: unknown, { client, deadlineMs }: OipContext): Promise<Heard> {
  const { status, message: text, response } = await client.call(rpc, message, deadlineMs);
  return { status, isOk: status === 'OK', message: text, answer: response };
}

function hearHttp(http: HttpAnswer): Heard {
  const isOk = http.status >= 200 && http.status < 300;
  let answer: unknown;
  try {
    answer = parseObject(http.body);
  } catch {
    // Whether there must be JSON is for the expectation to say.
  }
  const error = (answer as { error?: unknown } | undefined)?.error;
  const message = typeof error === 'string' ? error : http.body.toString().slice(0, 160);
  return { status: String(http.status), isOk, message, answer, http };
}

function originOf({ oip }: OipContext): string {
  if (oip.http === undefined) throw new NotJudged('notApplicable', 'no address of HTTP was given');
  return oip.http;
}

/** The version that a word stands for. Throws NotJudged where the target lists none. */
async function versionOf(model: TargetModel, word: VersionWord | undefined, context: OipContext): Promise<string> {
  if (word === undefined) return model.version;
  if (word === 'unknown') return UNLISTED;
  const heard = await hear('ModelMetadata', { name: model.name, version: model.version }, context);
  const versions = (heard.answer as inferenceV2.ModelMetadataResponse__Output | undefined)?.versions ?? [];
  const [first] = versions;
  if (first === undefined) throw new NotJudged('notApplicable', 'the target lists no versions of its models');
  return word === 'listed' ? first : UNLISTED;
}

/** Asks for an inference. For a program beside the cases, too. */
export async function infer(
  spec: InferSpec,
  context: OipContext,
): Promise<{ readonly prepared: PreparedInfer; readonly heard: Heard }> {
  const model = targetModel(context.oip, spec.model);
  const prepared = prepareInfer(spec, model, await versionOf(model, spec.version, context));
  if (spec.over === 'grpc') return { prepared, heard: await hear('ModelInfer', toMessage(prepared), context) };
  const path = modelPath(prepared.model, prepared.version, '/infer');
  const question = { method: 'POST', path, ...toBody(prepared) };
  return { prepared, heard: hearHttp(await httpExchange(originOf(context), question, context.deadlineMs)) };
}

async function runInfer(spec: InferSpec, expect: OipExpectation, context: OipContext): Promise<string[]> {
  const { prepared, heard } = await infer(spec, context);
  const { answer: wanted = 'right' } = expect;
  if (wanted === 'refused' || (wanted === 'either' && !heard.isOk)) return checkRefusal(heard, expect);
  if (!heard.isOk) throw new TargetFailure(`expected an answer, got ${shown(heard)}`);
  return [`status ${heard.status}`, ...checkHttp(heard, expect), ...checkAnswer(prepared, heard, expect, context)];
}

/** Gives the evidence that an inference was answered rightly; throws TargetFailure for what is not. */
export function checkAnswer(
  { spec, outputs: asked, tensors, model, version }: PreparedInfer,
  heard: Heard,
  { answer: wanted, onlyAsked, echoes = [], classes }: OipExpectation,
  { oip, profile }: Pick<OipContext, 'oip' | 'profile'>,
): string[] {
  const answer: InferAnswer =
    heard.http === undefined
      ? readMessage(heard.answer as inferenceV2.ModelInferResponse__Output, spec.contents !== 'typed')
      : readBody(heard.http);
  const evidence: string[] = [];
  const wrongEcho = (what: string, got: string | undefined, expected: string) => {
    if (got !== expected) throw new TargetFailure(`${what} of the answer must be "${expected}", got "${got ?? ''}"`);
    evidence.push(`${what} ${got}`);
  };
  if (echoes.includes('id')) wrongEcho('id', answer.id, spec.id ?? '');
  if (echoes.includes('model')) wrongEcho('model_name', answer.modelName, model);
  if (echoes.includes('version')) wrongEcho('model_version', answer.modelVersion, version);
  const stray = answer.outputs.find(({ name }) => asked.length > 0 && !asked.includes(name));
  if (onlyAsked && stray !== undefined) throw new TargetFailure(`the output "${stray.name}" was not asked for`);
  if (wanted === 'answered') return evidence;
  const { graph, numericClass } = oipModel(spec.model);
  const golden = evaluate(graph, tensors);
  for (const { name } of graph.outputs) {
    const wireName = targetModel(oip, spec.model).outputs[name] ?? name;
    if (asked.length > 0 && !asked.includes(wireName)) continue;
    const found = answer.outputs.filter((output) => output.name === wireName);
    const [actual] = found;
    if (actual === undefined || found.length > 1) {
      throw new TargetFailure(`the output "${wireName}" is ${found.length} times in the answer`);
    }
    const expected = golden[name];
    if (expected === undefined) throw new RangeError(`${spec.model} has no output "${name}"`);
    if (classes !== undefined) {
      evidence.push(checkClasses(actual, expected, classes));
      continue;
    }
    const verdict = compareNumbers(actual, expected, numericClass, profile);
    if (!verdict.pass) throw new TargetFailure(`output "${wireName}": ${verdict.message}`);
    evidence.push(`output ${wireName}: ${verdict.message}`);
  }
  return evidence;
}

function checkRefusal(heard: Heard, { statuses, orUnavailable, errorObject, message }: OipExpectation): string[] {
  const { status, isOk, http } = heard;
  if (isOk) throw new TargetFailure(`it must be refused, and was answered with ${status}`);
  const isOwn = !OF_THE_CLIENT.includes(status) && (status !== 'UNAVAILABLE' || orUnavailable === true);
  const isError = http === undefined ? isOwn : http.status >= 400;
  if (!isError) throw new TargetFailure(`it must be refused, and came to ${shown(heard)}`);
  if (statuses !== undefined && !statuses.includes(status)) {
    throw new TargetFailure(`it must be refused with ${statuses.join(' or ')}, and was with ${shown(heard)}`);
  }
  const evidence = [`refused with ${status}`];
  if (errorObject) {
    if (heard.answer === undefined && http !== undefined) parseObject(http.body);
    const { error } = heard.answer as { error?: unknown };
    if (typeof error !== 'string' || error === '') {
      throw new TargetFailure(`the body of a refusal must be {"error": text}, got ${heard.message.slice(0, 160)}`);
    }
    evidence.push('says {"error": …}');
  }
  if (message && heard.message === '') throw new TargetFailure('the refusal says nothing');
  return evidence;
}

function checkHttp({ http }: Heard, { mediaType, binary }: OipExpectation): string[] {
  if (http === undefined) return [];
  if (binary && http.headers['inference-header-content-length'] === undefined) {
    throw new TargetFailure('the answer has no Inference-Header-Content-Length, so nothing lies behind its JSON');
  }
  if (mediaType === undefined) return [];
  const [got = ''] = (http.headers['content-type'] ?? '').split(';');
  if (got.trim().toLowerCase() !== mediaType)
    throw new TargetFailure(`Content-Type must be ${mediaType}, got "${got}"`);
  return [`Content-Type ${mediaType}`];
}

async function runHttp(spec: HttpSpec, expect: OipExpectation, context: OipContext): Promise<string[]> {
  const { method, path, headers, body, model } = spec;
  const name = model === undefined ? '' : targetModel(context.oip, model).name;
  const question = {
    method,
    path: path.replace('{model}', encodeURIComponent(name)),
    ...(headers !== undefined && { headers }),
    ...(body !== undefined && { body }),
  };
  const heard = hearHttp(await httpExchange(originOf(context), question, context.deadlineMs));
  const { answer: wanted = 'answered', statuses } = expect;
  if (wanted === 'refused' || (wanted === 'either' && !heard.isOk)) return checkRefusal(heard, expect);
  if (!heard.isOk || (statuses !== undefined && !statuses.includes(heard.status))) {
    throw new TargetFailure(`expected an answer, got ${shown(heard)}`);
  }
  const evidence = [`status ${heard.status}`, ...checkHttp(heard, expect)];
  // Whatever comes of it, an answer is one that the protocol allows.
  if (path.endsWith('/infer')) evidence.push(`${readBody(heard.http as HttpAnswer).outputs.length} outputs`);
  return evidence;
}

/** The answer as fields. Throws TargetFailure for a body that is no JSON. */
function objectOf({ answer, http }: Heard): unknown {
  return answer ?? (http === undefined ? {} : parseObject(http.body));
}

function shown({ status, message }: Heard): string {
  return `${status}${message === '' ? '' : ` "${message.slice(0, 160)}"`}`;
}
