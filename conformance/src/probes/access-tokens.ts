import { setTimeout as delay } from 'node:timers/promises';
import { issuerOf, tokenOfKind } from '../access/access-material.js';
import { rightToken, type TestIssuer } from '../access/test-issuer.js';
import { NotJudged, TargetFailure } from '../run/case-result.js';
import { TargetClient } from '../targets/target-client.js';
import { askFace, type FaceAnswer, faceOf, ofHttp, overHttp, refused } from './face-calls.js';
import { OpenStream, requestOf } from './open-stream.js';
import type { Probe, ProbeContext } from './probe.js';
import { limitOf, rightCaller, tokenOf } from './secure-transport.js';

const UNKNOWN: readonly string[] = ['UNAUTHENTICATED'];
/** What a server may also say of what is no header, or too long for one. */
const NO_HEADER: readonly string[] = [
  ...['UNAUTHENTICATED', 'INVALID_ARGUMENT', 'RESOURCE_EXHAUSTED', 'UNAVAILABLE', 'INTERNAL', 'CANCELLED'],
  'HTTP 413',
];
const CLOSED: FaceAnswer = { status: 'UNAVAILABLE', reason: '', texts: [] };
const LONG = 60_000;
const SECOND_MS = 1000;
/** A target that is too slow for the first is given the next. */
const LIFETIMES_S: readonly number[] = [2, 8, 24];
/** By when a server has surely noticed that a second has passed. */
const LATER_MS = 100;
const SHOWN_OF_TOKEN = 16;

/** Headers that hold no token at all, each the whole value. */
const GARBAGE: readonly string[] = [
  ...['Bearer', 'Bearer x', 'Bearer null', 'Bearer undefined', 'Bearer .', 'Bearer ..', 'Bearer a.b.c', 'x'],
  ...['Bearer e30.e30.', 'Bearer e30.e30.e30', 'Bearer eyJhbGciOiJFUzI1NiJ9..', 'Basic YWRtaW46YWRtaW4='],
  `Bearer ${'a'.repeat(4000)}`,
];

/** What is asked of tokens: that a wrong one opens nothing, over any face. */
export const ACCESS_TOKEN_PROBES: Readonly<Record<string, Probe>> = {
  'face-without-token': async (context) => {
    tokenOf(context);
    const answered = await rightCaller(context);
    const face = await faceOf(context);
    const bare = new TargetClient(withoutToken(context), 'face-without-token');
    try {
      return [
        ...answered,
        refused(await askFace(face, {}, { ...context, client: bare }), UNKNOWN, `${face} without a token`),
      ];
    } finally {
      bare.close();
    }
  },

  'garbage-is-no-token': async (context) => {
    tokenOf(context);
    const answered = await rightCaller(context);
    const face = await faceOf(context);
    const evidence: string[] = [];
    for (const authorization of GARBAGE) {
      const answer = await askFace(face, { authorization }, context);
      evidence.push(refused(answer, UNKNOWN, `${face} with "${authorization.slice(0, SHOWN_OF_TOKEN)}"`));
    }
    // A server may close the connection before it has read so much.
    const long = await askFace(face, { authorization: `Bearer ${'a'.repeat(LONG)}` }, context).catch(() => CLOSED);
    return [...answered, ...evidence, refused(long, NO_HEADER, `${face} with ${LONG} characters`)];
  },

  'wrong-token': async (context) => {
    const kind = String(context.with.token);
    if (kind === 'for-another-certificate' && context.target.tls?.certificate === undefined) {
      throw new NotJudged('notApplicable', 'the target asks callers for no certificate that a token could be bound to');
    }
    tokenOfKind(context.access, kind);
    const answered = await rightCaller(context);
    const face = await faceOf(context);
    const token = tokenOfKind(context.access, kind);
    const answer = await askFace(face, { authorization: `Bearer ${token}` }, context);
    const evidence = refused(answer, UNKNOWN, `${face} with a token ${kind}`);
    saysNothingOf(token, answer, `the refusal of a token ${kind}`);
    return [...answered, evidence];
  },

  'token-used-twice': async (context) => {
    const issuer = issuerOf(context.access);
    if (!issuer.singleUse) throw new NotJudged('notApplicable', 'a token of the target opens more than one call');
    const answered = await rightCaller(context);
    const face = await faceOf(context);
    const authorization = `Bearer ${rightToken(issuer)}`;
    const first = await askFace('unary', { authorization }, context);
    if (first.status !== 'OK') throw new TargetFailure(`the first use of a token is answered ${first.status}`);
    const second = await askFace(face, { authorization }, context);
    return [...answered, 'its first use is answered', refused(second, UNKNOWN, `${face} with a token that was used`)];
  },

  'token-in-another-place': async (context) => {
    tokenOf(context);
    const answered = await rightCaller(context);
    const face = await faceOf(context);
    const place = String(context.with.place);
    const bare = new TargetClient(withoutToken(context), 'token-in-another-place');
    try {
      const question = placed(place, tokenOf(context));
      const answer = await askFace(face, question, { ...context, client: bare });
      return [...answered, refused(answer, UNKNOWN, `${face} with the token in ${place}`)];
    } finally {
      bare.close();
    }
  },

  'two-authorizations': async (context) => {
    tokenOf(context);
    const answered = await rightCaller(context);
    const face = await faceOf({ ...context, with: { face: 'http' } });
    const wrong = 'Bearer x.y.z';
    const headers = { authorization: [wrong, `Bearer ${tokenOf(context)}`] };
    const answer = await askFace(face, { headers }, context);
    const what = `${face} with a wrong authorization, and a right one after it`;
    return [...answered, refused(answer, ['UNAUTHENTICATED', 'INVALID_ARGUMENT'], what)];
  },

  'scheme-in-any-case': async (context) => {
    tokenOf(context);
    const answered = await rightCaller(context);
    const evidence: string[] = [];
    for (const scheme of ['bearer', 'BEARER']) {
      const { status } = await askFace('unary', { authorization: `${scheme} ${tokenOf(context)}` }, context);
      if (status !== 'OK') throw new TargetFailure(`a right token under "${scheme}" is answered ${status}`);
      evidence.push(`a right token under "${scheme}" is taken`);
    }
    return [...answered, ...evidence];
  },

  'refusal-says-how': async (context) => {
    tokenOf(context);
    const answered = await rightCaller(context);
    await faceOf({ ...context, with: { face: 'http' } });
    const answer = await overHttp('/v2', {}, context);
    refused(ofHttp(answer), UNKNOWN, 'HTTP without a token');
    const how = answer.headers['www-authenticate'];
    if (how === undefined) throw new TargetFailure('401 comes without WWW-Authenticate');
    return [...answered, `401 says how: ${String(how).slice(0, SHOWN_OF_TOKEN)}`];
  },

  'refusal-carries-its-reason': async (context) => {
    tokenOf(context);
    const answered = await rightCaller(context);
    const face = await faceOf(context);
    const answer = await askFace(face, { authorization: 'Bearer x.y.z' }, context);
    refused(answer, UNKNOWN, `${face} with a wrong token`);
    if (answer.reason === '') throw new TargetFailure(`over ${face}, a refusal comes without an ErrorInfo`);
    return [...answered, `${face} with a wrong token: reason ${answer.reason}`];
  },

  'token-ends-within-a-stream': async (context) => {
    const issuer = issuerOf(context.access);
    const answered = await rightCaller(context);
    for (const lifetimeSeconds of LIFETIMES_S) {
      const found = await streamUntilItsEnd(issuer, lifetimeSeconds, context);
      if (found !== undefined) return [...answered, ...found];
    }
    throw new NotJudged('inconclusive', 'no item was answered before its token ended: the target is too slow');
  },
};

/** A stream whose token ends while it is open; undefined where it ended before anything was answered. */
async function streamUntilItsEnd(
  { clockToleranceSeconds, ...issuer }: TestIssuer,
  lifetimeSeconds: number,
  context: ProbeContext,
): Promise<string[] | undefined> {
  const ends = Math.floor(Date.now() / SECOND_MS) + lifetimeSeconds;
  const token = rightToken({ clockToleranceSeconds, ...issuer }, { exp: ends });
  const client = new TargetClient({ ...context.target, token }, 'token-ends-within-a-stream');
  const stream = new OpenStream(client, limitOf(context));
  const request = requestOf({ model: 'conformance-matmul', inputs: { a: 'ramp-3x4.fp32', b: 'noise9-4x4.fp32' } });
  try {
    stream.send('before', request);
    await stream.answered(1).catch((early: Error) => {
      if (stream.ended !== 'UNAUTHENTICATED') throw early;
    });
    if (stream.results[0]?.response == null) {
      if (Date.now() >= ends * SECOND_MS) return undefined;
      throw new TargetFailure('an item before the end of its token is refused');
    }
    await delay(Math.max(0, (ends + clockToleranceSeconds) * SECOND_MS - Date.now()) + LATER_MS);
    return ['an item before the end is answered', await afterItsEnd(stream, request)];
  } finally {
    stream.cancel();
    client.close();
  }
}

/** An item that comes later is refused, by itself or with the whole stream. */
async function afterItsEnd(stream: OpenStream, request: Parameters<OpenStream['send']>[1]): Promise<string> {
  if (stream.ended === undefined) {
    stream.send('after', request);
    await stream.answered(2).catch((late: Error) => {
      if (stream.ended === undefined) throw late;
    });
  }
  const later = stream.results.find(({ itemId }) => itemId === 'after');
  if (later === undefined && stream.ended === 'UNAUTHENTICATED') return 'the stream is ended with UNAUTHENTICATED';
  const code = later?.status?.code;
  // 16 is UNAUTHENTICATED.
  if (later?.response != null || code !== 16) {
    throw new TargetFailure(
      `an item after the end of its token: expected UNAUTHENTICATED, got ${later?.response == null ? (code ?? stream.ended) : 'an answer'}`,
    );
  }
  return 'an item after the end is refused with UNAUTHENTICATED';
}

function placed(place: string, token: string) {
  if (place === 'the query') return { query: `?access_token=${encodeURIComponent(token)}` };
  const value =
    place === 'cookie' ? `access_token=${token}; token=${token}; authorization=${token}` : `Bearer ${token}`;
  return { headers: { [place]: value } };
}

/** Throws TargetFailure where a refusal holds a piece of the token, or a claim that only its caller has said. */
export function saysNothingOf(token: string, { texts }: FaceAnswer, what: string): void {
  const pieces = token
    .split('.')
    .flatMap((one) => (one.length >= SHOWN_OF_TOKEN ? [one.slice(0, SHOWN_OF_TOKEN), one.slice(-SHOWN_OF_TOKEN)] : []));
  const said = texts.join('\n');
  const { sub } = claimsOf(token);
  if (sub !== undefined && said.includes(sub)) throw new TargetFailure(`${what} says who the token is of`);
  if (pieces.some((piece) => said.includes(piece))) throw new TargetFailure(`${what} holds a piece of it`);
}

function claimsOf(token: string): { readonly sub?: string } {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as { sub?: string };
  } catch {
    return {};
  }
}

export function withoutToken({ target }: ProbeContext): ProbeContext['target'] {
  const { token: _, ...rest } = target;
  return rest;
}
