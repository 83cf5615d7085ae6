import { readFileSync } from 'node:fs';
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { type Agent, request as secureRequest } from 'node:https';
import { fileURLToPath } from 'node:url';
import { type adapterV1, inferenceService, modelRuntimeService, platformAdapterService } from '@deephealth/proto';
import { createClientTls, fromGrpcError } from '@deephealth/sdk';
import { Client, credentials, Metadata, type MethodDefinition, type ServiceError, status } from '@grpc/grpc-js';
import type { Hospital, Shown } from './access-hospital.js';
import { exerciseTestCall } from './exercise-test-call.js';

/** What came of a call: a status of gRPC or of HTTP, or that there was no connection. */
export type Outcome = string;

export const NO_CONNECTION = 'no connection';

/** An outcome, and what was said with it. */
export interface Told {
  readonly outcome: Outcome;
  /** Reason and words of a refusal, or the body of an answer of HTTP. */
  readonly text: string;
}

export interface Face {
  readonly name: string;
  ask(shown: Shown): Promise<Outcome>;
  /** Asks the model behind the face; of a face whose `ask` does not get that far, with another question. */
  tell(shown: Shown): Promise<Told>;
  /** What `tell` gives to the right caller, where it is not what `ask` gives. */
  readonly told?: Outcome;
  /** What `ask` gives to the right caller. */
  readonly answered: Outcome;
  /** Asks for what another tenant began; absent where nothing belongs to a tenant. */
  readonly askForForeign?: (shown: Shown, owner: Shown) => Promise<Outcome>;
  /** False where nothing is about one model. */
  readonly isOfModel?: false;
  /** False where nothing asks a model: what stands in its place was typed in. */
  readonly asksModel?: false;
}

/** Where everything listens. */
export interface Places {
  readonly grpc: string;
  readonly http: string;
  readonly contractFace: string;
  readonly cds: string;
  readonly cdsService: string;
  readonly rules: string;
  readonly chains: string;
  readonly slide: string;
}

const QUESTION = readFileSync(fileURLToPath(new URL('../../samples/rules/question.json', import.meta.url)));
const RULE_BASE = 'heart-disease-risk/1.0.0/heart-disease';
const CALL_MS = 10_000;
const ramp = Buffer.from(new Float32Array([1, 2, 3, 4]).buffer);

const predict = {
  modelName: 'heart-vector',
  inputs: [{ name: 'x', tensor: { dataType: 'DATA_TYPE_FP32', shape: [1, 4], data: ramp } }],
};
const infer = {
  modelName: 'heart-vector',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4] }],
  rawInputContents: [ramp],
};

export function facesOf(hospital: Hospital, places: Places): readonly Face[] {
  const { Predict, PredictStream } = modelRuntimeService();
  const { ModelInfer, ModelStreamInfer } = inferenceService();
  const { RunBinding } = platformAdapterService();
  const asking = (tell: (shown: Shown) => Promise<Told>) => ({
    tell,
    ask: async (shown: Shown) => (await tell(shown)).outcome,
  });
  const grpcFace = (place: string, method: unknown, message: object) =>
    asking((shown) => grpc(hospital, place, method as AnyMethod, message, shown));
  const http = (url: string, options: WebAsked = {}) => asking((shown) => webAnswer(hospital, url, options, shown));
  const sequence = (id: string, isStart: boolean) => ({ ...predict, sequenceContext: { sequenceId: id, isStart } });
  const binding: adapterV1.RunBindingRequest = {
    ...{ bindingId: RULE_BASE, input: QUESTION, mediaType: 'application/json' },
  };
  const infers = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }] });
  const tensor = { dataType: 'FP32', shape: [1, 4], values: [1, 2, 3, 4] };
  const sentToConsole = JSON.stringify({ inputs: { x: { tensor } } });
  const rules = `${places.rules}/v1/rule-bases/${RULE_BASE}`;
  const askForStream = async (shown: Shown, owner: Shown) => {
    const opened = await webAnswer(hospital, `${rules}/streams`, { method: 'POST', body: '{}' }, owner);
    const { stream } = JSON.parse(opened.text) as { stream: string };
    return (await webAnswer(hospital, `${rules}/streams/${stream}`, {}, shown)).outcome;
  };
  return [
    { name: 'runtime, contract, unary', answered: 'OK', ...grpcFace(places.grpc, Predict, predict) },
    {
      ...{ name: 'runtime, contract, stream', answered: 'OK' },
      ...grpcFace(places.grpc, PredictStream, { itemId: '1', request: predict }),
    },
    {
      ...{ name: 'runtime, Open Inference over gRPC, unary', answered: 'OK' },
      ...grpcFace(places.grpc, ModelInfer, infer),
    },
    {
      ...{ name: 'runtime, Open Inference over gRPC, stream', answered: 'OK' },
      ...grpcFace(places.grpc, ModelStreamInfer, infer),
    },
    {
      ...{ name: 'runtime, Open Inference over HTTP', answered: '200' },
      ...http(`${places.http}/v2/models/heart-vector/infer`, { method: 'POST', body: infers }),
    },
    {
      ...{ name: 'console', answered: '200' },
      ...http(`${places.http}/console/api/v1/models/heart-vector/1.0.0/predict`, {
        method: 'POST',
        body: sentToConsole,
      }),
    },
    {
      ...{ name: 'adapter, contract', answered: 'OK', ...grpcFace(places.contractFace, Predict, predict) },
      askForForeign: grpcFace(places.contractFace, Predict, sequence('of another tenant', false)).ask,
    },
    {
      ...{ name: 'adapter, contract, stream', answered: 'OK' },
      ...grpcFace(places.contractFace, PredictStream, { itemId: '1', request: predict }),
    },
    { name: 'adapter, PlatformAdapter', answered: 'OK', ...grpcFace(places.contractFace, RunBinding, binding) },
    {
      // Its call is empty: what is said of it shows that it got as far as the service.
      ...{ name: 'clinical decision support', answered: '400' },
      ...http(`${places.cds}/cds-services/${places.cdsService}`, { method: 'POST', body: '{}' }),
      told: '200',
      tell: http(`${places.cds}/cds-services/${places.cdsService}`, { method: 'POST', body: exerciseTestCall() }).tell,
    },
    {
      ...{ name: 'rule server', answered: '200' },
      ...http(`${rules}/decisions`, { method: 'POST', body: QUESTION }),
      askForForeign: askForStream,
    },
    {
      ...{ name: 'rule page', answered: '200', asksModel: false },
      ...http(`${rules}/page/answer`, { method: 'POST', body: '{"values":{}}' }),
    },
    {
      ...{ name: 'processing chains, WES', answered: '200', isOfModel: false, asksModel: false },
      ...http(`${places.chains}/ga4gh/wes/v1/runs`),
    },
    {
      ...{ name: 'processing chains, OGC', answered: '200', isOfModel: false, asksModel: false },
      ...http(`${places.chains}/ogc/jobs`),
    },
    { name: 'slide viewer', answered: '200', isOfModel: false, asksModel: false, ...http(places.slide) },
  ];
}

type AnyMethod = MethodDefinition<object, object>;

interface StreamAnswer {
  readonly event?: string;
  readonly result?: { readonly status?: { readonly code?: number; readonly message?: string } | null };
  readonly errorMessage?: string;
}

const IN_WORDS = { PERMISSION_DENIED: /not allowed/, FAILED_PRECONDITION: /was refused/ };

/** A call with one message, or a stream of one: until the first answer or the end. */
function grpc(hospital: Hospital, place: string, method: AnyMethod, message: object, shown: Shown): Promise<Told> {
  const client = new Client(place, channelOf(hospital, shown));
  const metadata = new Metadata();
  // Node's client sends no header of this name twice: two come in one, as what joins them would send it on.
  if (shown.authorization !== undefined) metadata.set('authorization', shown.authorization.join(', '));
  const { path, requestSerialize, responseDeserialize, requestStream } = method;
  const options = { deadline: Date.now() + CALL_MS };
  return new Promise<Told>((resolve) => {
    const refusal = (error: ServiceError) => {
      const { reason, message, details } = fromGrpcError(error);
      const outcome = error.code === status.UNAVAILABLE ? NO_CONNECTION : (status[error.code] ?? String(error.code));
      return { outcome, text: `${reason}: ${message} ${JSON.stringify(details)}` };
    };
    if (!requestStream) {
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, message, metadata, options, (error) =>
        resolve(error === null ? { outcome: 'OK', text: '' } : refusal(error)),
      );
      return;
    }
    const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata, options);
    call.on('error', (error: ServiceError) => resolve(refusal(error)));
    call.on('data', (answer: StreamAnswer) => {
      // The first message of the contract's stream says that it is open.
      if (answer.event === 'ready') return;
      const { code, message: said = '' } = answer.result?.status ?? {};
      const inWords = answer.errorMessage ?? '';
      // The Open Inference Protocol has words for a status in a stream, and no number.
      const named = Object.entries(IN_WORDS).find(([, words]) => words.test(inWords))?.[0] ?? inWords;
      resolve({ outcome: code ? (status[code] ?? String(code)) : named || 'OK', text: `${said}${inWords}` });
      call.cancel();
    });
    call.on('end', () => resolve({ outcome: 'OK', text: '' }));
    call.write(message);
    call.end();
  }).finally(() => client.close());
}

function channelOf({ authority }: Hospital, { identity, isPlaintext = false }: Shown) {
  if (isPlaintext) return credentials.createInsecure();
  return createClientTls({
    ca: authority.certificate,
    ...(identity && { certificate: identity.certificate, key: identity.key }),
  });
}

interface WebAsked {
  readonly method?: string;
  readonly body?: Buffer | string;
  /** Default: a connection of its own. */
  readonly agent?: Agent;
}

/** A request of one connection. */
export function webAnswer(
  { authority }: Hospital,
  url: string,
  { method = 'GET', body, agent }: WebAsked,
  { authorization, identity, isPlaintext = false }: Shown,
): Promise<Told> {
  return new Promise((resolve) => {
    const options = {
      ...{ method, agent: agent ?? false, timeout: CALL_MS },
      headers: {
        ...(authorization !== undefined && { authorization: [...authorization] }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
    };
    const answered = (response: IncomingMessage) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', () => resolve({ outcome: NO_CONNECTION, text: '' }));
      response.on('end', () =>
        resolve({ outcome: String(response.statusCode), text: Buffer.concat(parts).toString() }),
      );
    };
    const request = isPlaintext
      ? plainRequest(url.replace('https:', 'http:'), options as object, answered)
      : secureRequest(
          url,
          {
            ...(options as object),
            ca: authority.certificate,
            ...(identity && { cert: identity.certificate, key: identity.key }),
          },
          answered,
        );
    request.on('error', () => resolve({ outcome: NO_CONNECTION, text: '' }));
    request.end(body);
  });
}
