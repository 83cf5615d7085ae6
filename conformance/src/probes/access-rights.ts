import type { inferenceV2, runtimeV1 } from '@deephealth/proto';
import { issuerOf, tokenOfKind } from '../access/access-material.js';
import { LIMITED_TOKENS, rightToken } from '../access/test-issuer.js';
import { NotJudged, TargetFailure } from '../run/case-result.js';
import { shortText } from '../targets/exchange.js';
import { type Outcome, TargetClient } from '../targets/target-client.js';
import { withoutToken } from './access-tokens.js';
import { askFace, type FaceAnswer, faceOf, ofHttp, ofOutcome, overHttp, refused, TEST_MODEL } from './face-calls.js';
import type { Probe, ProbeContext } from './probe.js';
import { limitOf, rightCaller, tokenOf } from './secure-transport.js';

const DENIED: readonly string[] = ['PERMISSION_DENIED'];
/** A caller whose token gives it nothing may also count as nobody. */
const NOBODY: readonly string[] = ['PERMISSION_DENIED', 'UNAUTHENTICATED'];
const HIDDEN: readonly string[] = ['PERMISSION_DENIED', 'NOT_FOUND'];
/** As long as the other, so that not even a length tells them apart. */
const NO_MODEL = 'conformance-nought';
const VERSION = '1';
const CONTROLLED = 'conformance-tanh';

/** What is asked of callers who are known: that each may do what is theirs, and nothing else. */
export const ACCESS_RIGHT_PROBES: Readonly<Record<string, Probe>> = {
  'role-is-asked': async (context) => {
    const kind = String(context.with.token);
    tokenOfKind(context.access, kind);
    const answered = await rightCaller(context);
    const face = await faceOf(context);
    const token = () => `Bearer ${tokenOfKind(context.access, kind)}`;
    const answer = await askFace(face, { authorization: token() }, context);
    const evidence = [refused(answer, kind === 'read' ? DENIED : NOBODY, `${face} by a caller of kind "${kind}"`)];
    if (kind === 'read') {
      const listed = await context.client.call('ListModels', {}, limitOf(context), { authorization: token() });
      if (listed.status !== 'OK')
        throw new TargetFailure(`a caller who may read is refused the list: ${listed.status}`);
      evidence.push('it reads which models there are');
    }
    return [...answered, ...evidence];
  },

  'control-is-not-for-everybody': async (context) => {
    tokenOfKind(context.access, 'predict');
    const answered = await rightCaller(context);
    const token = () => `Bearer ${tokenOfKind(context.access, 'predict')}`;
    const asked = await askFace('unary', { authorization: token() }, context);
    if (asked.status !== 'OK') throw new TargetFailure(`a caller who may ask models is refused: ${asked.status}`);
    const rpc = String(context.with.rpc);
    const message = { name: CONTROLLED, version: VERSION };
    const outcome = await context.client.call(rpc, message, limitOf(context), { authorization: token() });
    const evidence = refused(ofOutcome(outcome), DENIED, `${rpc} by a caller who may only ask models`);
    const listed = await context.client.call('ListModels', { name: CONTROLLED }, limitOf(context));
    const [model] = (listed.response as runtimeV1.ListModelsResponse__Output | undefined)?.models ?? [];
    if (model?.state !== 'MODEL_STATE_READY') {
      await context.client.call('LoadModel', message, limitOf(context));
      throw new TargetFailure(`${rpc} was refused, and the version is ${model?.state ?? 'gone'} all the same`);
    }
    return [...answered, 'a caller who may ask models is answered', evidence, 'the version is still ready'];
  },

  'hidden-is-as-absent': async (context) => {
    tokenOfKind(context.access, 'other-models');
    const answered = await rightCaller(context);
    const way = wayOf(context);
    await way.isOffered(context);
    const ask = (model: string) => way.ask(model, `Bearer ${tokenOfKind(context.access, 'other-models')}`, context);
    const [hidden, absent] = [await ask(TEST_MODEL), await ask(NO_MODEL)];
    refused(hidden, HIDDEN, `${way.name} about a model outside of the caller's rule`);
    if (asTold(hidden, TEST_MODEL) !== asTold(absent, NO_MODEL)) {
      throw new TargetFailure(
        `${way.name}: a model that is hidden is answered ${hidden.status} ${shortText(hidden.texts[0] ?? '')}, one that is not there ${absent.status} ${shortText(absent.texts[0] ?? '')}`,
      );
    }
    return [...answered, `${way.name}: what is hidden and what is not there are answered alike, ${hidden.status}`];
  },

  'rule-means-the-whole-name': async (context) => {
    tokenOfKind(context.access, 'models-alike');
    const answered = await rightCaller(context);
    const face = await faceOf(context);
    const answer = await askFace(
      face,
      { authorization: `Bearer ${tokenOfKind(context.access, 'models-alike')}` },
      context,
    );
    return [...answered, refused(answer, HIDDEN, `${face} by a caller whose rule names models that are called alike`)];
  },

  'lists-show-what-may-be-seen': async (context) => {
    tokenOfKind(context.access, 'other-models');
    const answered = await rightCaller(context);
    const metadata = () => ({ authorization: `Bearer ${tokenOfKind(context.access, 'other-models')}` });
    const { client } = context;
    const listed = await client.call('ListModels', {}, limitOf(context), metadata());
    const isLast = ({ isSnapshotComplete }: runtimeV1.WatchModelsResponse__Output) => isSnapshotComplete;
    const watched = await client.collect('WatchModels', {}, limitOf(context), isLast, metadata());
    const index = await client.call('RepositoryIndex', {}, limitOf(context), metadata());
    const lists: [what: string, outcome: Outcome, names: (string | undefined)[]][] = [
      [
        'ListModels',
        listed,
        ((listed.response as runtimeV1.ListModelsResponse__Output | undefined)?.models ?? []).map(({ name }) => name),
      ],
      ['WatchModels', watched, watched.answers.map(({ model }) => model?.name)],
    ];
    if (index.status === 'OK') {
      const { models } = index.response as inferenceV2.RepositoryIndexResponse__Output;
      lists.push(['RepositoryIndex', index, models.map(({ name }) => name)]);
    }
    return [...answered, ...lists.map(([what, { status }, names]) => checkList(what, status, names))];
  },

  'refusal-tells-no-model': async (context) => {
    tokenOf(context);
    const answered = await rightCaller(context);
    const way = wayOf(context);
    await way.isOffered(context);
    const ask = (model: string) => way.ask(model, 'Bearer x.y.z', context);
    const [there, absent] = [await ask(TEST_MODEL), await ask(NO_MODEL)];
    refused(absent, ['UNAUTHENTICATED'], `${way.name} about a model that is not there, with a wrong token`);
    if (asTold(there, TEST_MODEL) !== asTold(absent, NO_MODEL)) {
      throw new TargetFailure(`${way.name}: with a wrong token, it is told which models there are`);
    }
    return [...answered, `${way.name}: with a wrong token, models that are there and others are answered alike`];
  },

  'health-needs-no-account': async (context) => {
    tokenOf(context);
    const answered = await rightCaller(context);
    if (context.with.face === 'http') {
      await faceOf(context);
      const [live, ready] = [
        await overHttp('/v2/health/live', {}, context),
        await overHttp('/v2/health/ready', {}, context),
      ];
      if (live.status !== 200 || ready.status !== 200) {
        throw new TargetFailure(`health over HTTP without a token: ${live.status} and ${ready.status}`);
      }
      return [...answered, 'health over HTTP is answered without a token'];
    }
    if ((await context.client.call('ServerLive', {}, limitOf(context))).status === 'UNIMPLEMENTED') {
      throw new NotJudged('notApplicable', 'the target does not speak the Open Inference Protocol over gRPC');
    }
    const bare = new TargetClient(withoutToken(context), 'health-needs-no-account');
    try {
      for (const rpc of ['ServerLive', 'ServerReady']) {
        const { status, message } = await bare.call(rpc, {}, limitOf(context));
        if (status !== 'OK') throw new TargetFailure(`${rpc} without a token: ${status} ${shortText(message)}`);
      }
      return [...answered, 'ServerLive and ServerReady are answered without a token'];
    } finally {
      bare.close();
    }
  },

  'sequence-of-another-tenant': async (context) => {
    const issuer = issuerOf(context.access);
    const answered = await rightCaller(context);
    const own = () => `Bearer ${rightToken(issuer)}`;
    const others = () => `Bearer ${LIMITED_TOKENS['other-tenant'](issuer)}`;
    const id = `conformance-${Date.now()}-${Math.floor(Math.random() * 1e9)}`;
    await nextItem({ id, isStart: true, sum: 1, authorization: own() }, context);
    const strange = await sendItem({ id, authorization: others() }, context);
    const where = 'an item of another tenant for an open sequence';
    if (strange.status === 'OK') throw new TargetFailure(`${where} is answered`);
    await sendItem({ id, isStart: true, isEnd: true, authorization: others() }, context);
    await nextItem({ id, sum: 2, authorization: own() }, context);
    await nextItem({ id, isEnd: true, sum: 3, authorization: own() }, context);
    return [...answered, `${where}: ${strange.status}`, 'the sequence goes on as if nothing had come'];
  },

  'refused-item-moves-no-sequence': async (context) => {
    const issuer = issuerOf(context.access);
    const answered = await rightCaller(context);
    const own = () => `Bearer ${rightToken(issuer)}`;
    const id = `conformance-${Date.now()}-${Math.floor(Math.random() * 1e9)}`;
    await nextItem({ id, isStart: true, sum: 1, authorization: own() }, context);
    const evidence: string[] = [];
    for (const [how, authorization, wanted] of [
      ['without a known token', 'Bearer x.y.z', ['UNAUTHENTICATED']],
      ['by a caller who may only read', `Bearer ${LIMITED_TOKENS.read(issuer)}`, DENIED],
    ] as const) {
      evidence.push(refused(ofOutcome(await sendItem({ id, authorization }, context)), wanted, `an item ${how}`));
    }
    await nextItem({ id, isEnd: true, sum: 2, authorization: own() }, context);
    return [...answered, ...evidence, 'the next item is summed as if none of them had come'];
  },
};

/** A way to ask about a model. */
interface Way {
  readonly name: string;
  ask(model: string, authorization: string, context: ProbeContext): Promise<FaceAnswer>;
  /** Throws NotJudged where the target does not have it. */
  isOffered(context: ProbeContext): Promise<unknown>;
}

function wayOf(context: ProbeContext): Way {
  const name = String(context.with.way);
  const over = (face: string) => (one: ProbeContext) => faceOf({ ...one, with: { face } });
  if (name === 'unary' || name === 'stream' || name === 'oip' || name === 'http') {
    return {
      name,
      ask: (model, authorization, one) => askFace(name, { model, authorization }, one),
      isOffered: over(name),
    };
  }
  if (name === 'http-ready' || name === 'http-metadata') {
    const end = name === 'http-ready' ? '/ready' : '';
    return {
      name,
      ask: async (model, authorization, one) =>
        ofHttp(await overHttp(`/v2/models/${model}${end}`, { authorization }, one)),
      isOffered: over('http'),
    };
  }
  const isOip = name.startsWith('Model');
  return {
    name,
    ask: async (model, authorization, one) =>
      ofOutcome(await one.client.call(name, { name: model }, limitOf(one), { authorization })),
    isOffered: over(isOip ? 'oip' : 'unary'),
  };
}

/** What is told, without the name that was asked for and what differs from answer to answer. */
function asTold({ status, reason, details, texts }: FaceAnswer, name: string): string {
  const lasting = texts.filter(
    (one) => !/^(?:date|x-request-id|etag|content-length|traceparent|grpc-status-details-bin):/i.test(one),
  );
  return JSON.stringify([status, reason, details, lasting]).replaceAll(name, '<name>');
}

function checkList(what: string, status: string, names: readonly (string | undefined)[]): string {
  if (status !== 'OK') throw new TargetFailure(`${what} by a caller who may see some models: ${status}`);
  if (names.includes(TEST_MODEL)) throw new TargetFailure(`${what} shows a model outside of the caller's rule`);
  if (!names.includes(CONTROLLED)) throw new TargetFailure(`${what} does not show a model that the caller may see`);
  return `${what} shows what the caller may see, ${names.length} versions, and not "${TEST_MODEL}"`;
}

interface Item {
  readonly id: string;
  readonly authorization: string;
  readonly isStart?: boolean;
  readonly isEnd?: boolean;
}

/** An item of ones for the model that sums them up. */
function sendItem(
  { id, authorization, isStart = false, isEnd = false }: Item,
  context: ProbeContext,
): Promise<Outcome> {
  const data = Buffer.alloc(16);
  for (let at = 0; at < data.length; at += 4) data.writeFloatLE(1, at);
  const message: runtimeV1.PredictRequest = {
    modelName: 'conformance-running-sum',
    inputs: [{ name: 'x', tensor: { dataType: 'DATA_TYPE_FP32', shape: [1, 4], data } }],
    sequenceContext: { sequenceId: id, isStart, isEnd },
  };
  return context.client.call('Predict', message, limitOf(context), { authorization });
}

/** Throws TargetFailure unless the sum so far is right. */
async function nextItem({ sum, ...item }: Item & { readonly sum: number }, context: ProbeContext): Promise<void> {
  const { status, message, response } = await sendItem(item, context);
  if (status !== 'OK') throw new TargetFailure(`an item of the caller's own sequence: ${status} ${shortText(message)}`);
  const [finding] = (response as runtimeV1.PredictResponse__Output).findings;
  const data = Buffer.from(finding?.tensor?.data ?? []);
  const got = data.length >= 4 ? data.readFloatLE(0) : Number.NaN;
  if (got !== sum) throw new TargetFailure(`the sum of the caller's own sequence is ${got}, not ${sum}`);
}
