import type { inferenceV2, runtimeV1 } from '@deephealth/proto';
import { status as grpcStatus, type ServiceError } from '@grpc/grpc-js';
import type { HttpAnswer } from '../oip/http-exchange.js';
import { httpExchange } from '../oip/http-exchange.js';
import { evaluate } from '../oracle/evaluate.js';
import { fromRaw } from '../oracle/value.js';
import { buildPredict } from '../run/build-predict.js';
import { NotJudged, TargetFailure } from '../run/case-result.js';
import { shortText } from '../targets/exchange.js';
import { type Outcome, outcomeOf } from '../targets/target-client.js';
import { namedTensor } from '../tensors/named-tensor.js';
import { itemOutcome } from './open-stream.js';
import type { ProbeContext } from './probe.js';
import { limitOf, tokenOf } from './secure-transport.js';

/** Ways to ask a runtime something that reads or runs a model. */
export const FACES = ['unary', 'stream', 'watch', 'oip', 'http'] as const;
export type Face = (typeof FACES)[number];

/** What came of a call over any face, in the words of gRPC. */
export interface FaceAnswer {
  /** `OK`, or the status of the refusal; that of HTTP in the words of gRPC. */
  readonly status: string;
  /** Reason in the ErrorInfo, where the face has one. */
  readonly reason: string;
  /** Entries of the ErrorInfo. */
  readonly details?: Readonly<Record<string, string>>;
  /** Everything that was said with a refusal. */
  readonly texts: readonly string[];
  readonly response?: unknown;
}

export interface FaceQuestion {
  /** Sent as it is; undefined for what the client sends with every call. */
  readonly authorization?: string;
  readonly model?: string;
  /** Further metadata or headers. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** After the path, over HTTP. */
  readonly query?: string;
}

export const TEST_MODEL = 'conformance-matmul';
const INPUTS = { a: 'ramp-3x4.fp32', b: 'noise9-4x4.fp32' } as const;
const TOLERANCE = 1e-3;
const HTTP_STATUSES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  431: 'RESOURCE_EXHAUSTED',
};

/** The face of a case. Throws NotJudged where the target does not have it, TargetFailure where right calls are not answered over it. */
export async function faceOf(context: ProbeContext): Promise<Face> {
  const face = context.with.face as Face;
  if (face === 'http' && context.access?.http === undefined) {
    throw new NotJudged('notApplicable', 'no address of HTTP was given (--http-target)');
  }
  if (face === 'unary') return face;
  const right = await askFace(face, { authorization: `Bearer ${tokenOf(context)}` }, context);
  if (face === 'oip' && right.status === 'UNIMPLEMENTED') {
    throw new NotJudged('notApplicable', 'the target does not speak the Open Inference Protocol over gRPC');
  }
  if (right.status !== 'OK') {
    throw new TargetFailure(
      `over ${face}, the caller who may is answered ${right.status} ${right.texts[0] ?? ''}`.trim(),
    );
  }
  checkRight(face, right, context);
  return face;
}

/** Asks for a run of the test model, or, over `watch`, for the states of all. Never rejects but for what HTTP does not answer. */
export async function askFace(face: Face, question: FaceQuestion, context: ProbeContext): Promise<FaceAnswer> {
  const { client } = context;
  const { authorization, model = TEST_MODEL, headers = {} } = question;
  const metadata = { ...(headers as Record<string, string>), ...(authorization !== undefined && { authorization }) };
  const { request } = buildPredict({ model, inputs: INPUTS }, '');
  switch (face) {
    case 'unary':
      return ofOutcome(await client.call('Predict', request, limitOf(context), metadata));
    case 'watch':
      return ofOutcome(await client.collect('WatchModels', {}, limitOf(context), () => true, metadata));
    case 'stream':
      return ofOutcome(await firstOfStream(request, metadata, context));
    case 'oip':
      return ofOutcome(await client.call('ModelInfer', inferMessage(model), limitOf(context), metadata));
    case 'http':
      return ofHttp(await overHttp(`/v2/models/${encodeURIComponent(model)}/infer`, question, context, inferBody()));
  }
}

/** @param body of a POST; without it, it is a GET */
export function overHttp(
  path: string,
  { authorization, headers = {}, query = '' }: FaceQuestion,
  { access, target, ...context }: ProbeContext,
  body?: string,
): Promise<HttpAnswer> {
  return httpExchange(
    access?.http ?? '',
    {
      method: body === undefined ? 'GET' : 'POST',
      path: `${path}${query}`,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(authorization !== undefined && { authorization }),
        ...headers,
      },
      ...(body !== undefined && { body }),
      ...(target.tls !== undefined && { tls: target.tls }),
    },
    limitOf({ ...context, target }),
  );
}

export function ofOutcome({ status, reason, message, metadata, trailers = [], response }: Outcome): FaceAnswer {
  return { status, reason, details: metadata, texts: status === 'OK' ? [] : [message, ...trailers], response };
}

export function ofHttp({ status, headers, body }: HttpAnswer): FaceAnswer {
  const isFine = status >= 200 && status < 300;
  const said = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return {
    status: isFine ? 'OK' : (HTTP_STATUSES[status] ?? `HTTP ${status}`),
    reason: '',
    texts: isFine ? [] : [body.toString('utf8'), ...said],
    response: isFine ? body.toString('utf8') : undefined,
  };
}

/** Throws TargetFailure unless the answer is a refusal with one of these statuses. */
export function refused({ status, texts }: FaceAnswer, wanted: readonly string[], what: string): string {
  if (wanted.includes(status)) return `${what}: ${status}`;
  throw new TargetFailure(
    `${what}: expected ${wanted.join(' or ')}, got ${status} ${shortText(texts[0] ?? '')}`.trim(),
  );
}

/** The first answer to the one item of a stream, or the refusal of the stream. */
function firstOfStream(
  request: runtimeV1.PredictRequest,
  metadata: Readonly<Record<string, string>>,
  context: ProbeContext,
): Promise<Outcome> {
  const ended = { ...NOTHING_SAID, status: 'OK', message: 'the stream ended without an answer' };
  return new Promise((resolve) => {
    const call = context.client.stream(limitOf(context), metadata);
    call.on('data', ({ result }: runtimeV1.PredictStreamResponse__Output) => {
      if (result) resolve(itemOutcome(result));
    });
    call.on('error', (error) => resolve(outcomeOf(error as ServiceError)));
    call.on('end', () => resolve({ ...ended, status: grpcStatus[grpcStatus.UNKNOWN] }));
    call.write({ itemId: 'one', request });
    call.end();
  });
}
const NOTHING_SAID = { message: '', reason: '', domain: '', metadata: {} };

function inferMessage(modelName: string): inferenceV2.ModelInferRequest {
  const tensors = Object.entries(INPUTS).map(([name, tensor]) => ({ name, ...namedTensor(tensor) }));
  return {
    modelName,
    inputs: tensors.map(({ name, dataType, shape }) => ({ name, datatype: dataType, shape: [...shape] })),
    rawInputContents: tensors.map(({ data }) => Buffer.from(data)),
  };
}

function inferBody(): string {
  const inputs = Object.entries(INPUTS).map(([name, tensor]) => {
    const { dataType, shape, ...raw } = namedTensor(tensor);
    return { name, datatype: dataType, shape, data: [...fromRaw({ dataType, shape, ...raw }).elements].map(Number) };
  });
  return JSON.stringify({ inputs });
}

/** What the right caller is answered over the Open Inference Protocol is what the oracle gives. */
function checkRight(face: Face, { response }: FaceAnswer, { models }: ProbeContext): void {
  if (face !== 'oip' && face !== 'http') return;
  const written = models.find(({ model }) => model.name === TEST_MODEL);
  const graph = written?.model.graph;
  if (graph === undefined) return;
  const tensors = Object.fromEntries(Object.entries(INPUTS).map(([name, tensor]) => [name, namedTensor(tensor)]));
  const expected = [...(evaluate(graph, tensors).y?.elements ?? [])].map(Number);
  const got =
    face === 'oip' ? valuesOfMessage(response as inferenceV2.ModelInferResponse__Output) : valuesOfBody(response);
  const isNear = (value: number, at: number) =>
    Math.abs(value - (expected[at] ?? Number.NaN)) <= TOLERANCE * Math.max(1, Math.abs(expected[at] ?? 0));
  if (got.length !== expected.length || !got.every(isNear)) {
    throw new TargetFailure(`over ${face}, the caller who may is not answered rightly`);
  }
}

function valuesOfMessage({ outputs, rawOutputContents }: inferenceV2.ModelInferResponse__Output): number[] {
  const [raw] = rawOutputContents;
  if (raw === undefined) return [...(outputs[0]?.contents?.fp32Contents ?? [])];
  const bytes = Buffer.from(raw);
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, at) => bytes.readFloatLE(at * 4));
}

function valuesOfBody(body: unknown): number[] {
  try {
    const { outputs } = JSON.parse(String(body)) as { outputs: { data: unknown[] }[] };
    return (outputs[0]?.data ?? []).flat(Number.POSITIVE_INFINITY).map(Number);
  } catch {
    return [];
  }
}
