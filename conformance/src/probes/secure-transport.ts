import type { Socket } from 'node:net';
import { createServer, type SecureVersion, TLSSocket } from 'node:tls';
import type { runtimeV1 } from '@deephealth/proto';
import { makeCertificate } from '@deephealth/sdk/testing';
import type { ServiceError } from '@grpc/grpc-js';
import { buildPredict } from '../run/build-predict.js';
import { NotJudged, TargetFailure } from '../run/case-result.js';
import { checkOutcome } from '../run/check-outcome.js';
import { TIMEOUTS_MS } from '../run/timeouts.js';
import { shortText } from '../targets/exchange.js';
import { openSocket } from '../targets/raw-call.js';
import { type Outcome, outcomeOf, TargetClient, type TargetOptions, tokenText } from '../targets/target-client.js';
import type { Probe, ProbeContext } from './probe.js';

const SPEC = { model: 'conformance-matmul', inputs: { a: 'ramp-3x4.fp32', b: 'noise9-4x4.fp32' } } as const;
const VERSION = '1';
const PLAIN_QUESTION = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from('000000040000000000', 'hex'),
]);
const FRAME_HEADER_BYTES = 9;
const SETTINGS_FRAME = 4;

/** What a runtime must keep that claims the profile `runtime-secure`. Each first sees that the right caller is answered. */
export const SECURE_PROBES: Readonly<Record<string, Probe>> = {
  'certificate-is-right': async (context) => {
    const answered = await rightCaller(context);
    const socket = await handshake(openSocket(context.target), context);
    if (!(socket instanceof TLSSocket)) throw new TargetFailure('the target was asked over plain text');
    const { subject, valid_to: until } = socket.getPeerCertificate();
    const evidence = [
      `${socket.getProtocol()}, certificate of "${shortText(String(subject.CN ?? ''))}" until ${until}`,
    ];
    socket.destroy();
    return [...answered, ...evidence];
  },

  'plain-text-is-refused': async (context) => {
    const answered = await rightCaller(context);
    const got = await firstWords(openSocket(context.target, { tls: null }), context);
    if (got.length >= FRAME_HEADER_BYTES && got[3] === SETTINGS_FRAME && got.readUIntBE(0, 3) % 6 === 0) {
      throw new TargetFailure('the target speaks HTTP/2 in plain text, too, on the port of its TLS');
    }
    return [
      ...answered,
      `plain text is answered with ${got.length === 0 ? 'nothing' : `${got.length} bytes that are no HTTP/2`}`,
    ];
  },

  'old-tls-is-refused': async (context) => {
    const answered = await rightCaller(context);
    const maxVersion = context.with.version === 'TLSv1' ? 'TLSv1' : 'TLSv1.1';
    if (!(await canSpeak(maxVersion, context))) {
      throw new NotJudged('inconclusive', `this Node itself can no longer speak ${maxVersion}`);
    }
    const refusal = await refusalOf(openSocket(context.target, { maxVersion }), context);
    if (refusal === undefined) throw new TargetFailure(`the target speaks ${maxVersion}`);
    return [...answered, `${maxVersion} is refused (${refusal})`];
  },

  'caller-without-certificate': async (context) => {
    const tls = mutualTls(context);
    const answered = await rightCaller(context);
    const { certificate: _, key: __, ...without } = tls;
    return [...answered, ...(await strangerIsRefused({ tls: without }, 'without a certificate', context))];
  },

  'caller-with-a-strangers-certificate': async (context) => {
    const tls = mutualTls(context);
    const answered = await rightCaller(context);
    const { certificate, key } = makeCertificate({ name: 'a caller' });
    const stranger = { tls: { ...tls, certificate, key } };
    return [...answered, ...(await strangerIsRefused(stranger, 'with a certificate that nobody signed', context))];
  },

  'call-without-token': async (context) => {
    tokenOf(context);
    const answered = await rightCaller(context);
    const rpc = String(context.with.rpc);
    const client = new TargetClient(withToken(context.target, undefined), 'call-without-token');
    try {
      const outcome = await ask(client, rpc, limitOf(context));
      // What was unloaded is to be there for the cases that follow.
      if (rpc === 'UnloadModel' && outcome.status === 'OK') await ask(context.client, 'LoadModel', limitOf(context));
      unauthenticated(outcome, `${rpc} without a token`);
      return [...answered, `${rpc} without a token: ${outcome.status}`];
    } finally {
      client.close();
    }
  },

  'call-with-wrong-token': async (context) => {
    tokenOf(context);
    const answered = await rightCaller(context);
    const evidence: string[] = [];
    for (const [how, change] of WRONG_TOKENS) {
      const authorization = change(tokenOf(context));
      const client = new TargetClient(withToken(context.target, undefined), 'call-with-wrong-token');
      try {
        const outcome = await client.call('GetServerInfo', {}, limitOf(context), { authorization });
        unauthenticated(outcome, `a token ${how}`, ['PERMISSION_DENIED']);
        const end = authorization.slice(-SHOWN_OF_TOKEN);
        const told = [outcome.message, ...(outcome.trailers ?? [])].some((text) => text.includes(end));
        // What is shorter is the scheme alone, which a refusal may well name.
        if (told && end.length === SHOWN_OF_TOKEN)
          throw new TargetFailure(`the refusal of a token ${how} holds the token`);
        evidence.push(`a token ${how}: ${outcome.status}`);
      } finally {
        client.close();
      }
    }
    return [...answered, ...evidence];
  },

  'refused-call-does-nothing': async (context) => {
    tokenOf(context);
    const answered = await rightCaller(context);
    const client = new TargetClient(withToken(context.target, undefined), 'refused-call-does-nothing');
    try {
      const name = 'conformance-tanh';
      const message = { name, version: VERSION };
      const outcome = await client.call('UnloadModel', message, TIMEOUTS_MS.load * (context.timeScale ?? 1));
      unauthenticated(outcome, 'UnloadModel without a token');
      const listed = await context.client.call('ListModels', { name }, limitOf(context));
      const [model] = (listed.response as runtimeV1.ListModelsResponse__Output | undefined)?.models ?? [];
      if (model?.state !== 'MODEL_STATE_READY') {
        await context.client.call('LoadModel', message, TIMEOUTS_MS.load);
        throw new TargetFailure(`UnloadModel was refused, and the version is ${model?.state ?? 'gone'} all the same`);
      }
      return [...answered, 'UnloadModel was refused, and the version is still ready'];
    } finally {
      client.close();
    }
  },
};

/** The one who may call is answered, and rightly: else a refusal of the others would say nothing. */
export async function rightCaller({ client, models, profile, ...context }: ProbeContext): Promise<string[]> {
  if (context.target.tls === undefined) {
    throw new TargetFailure(
      'the profile runtime-secure is claimed, and the target is asked over plain text (--tls-ca)',
    );
  }
  const { request, tensors } = buildPredict(SPEC, '');
  const outcome = await client.call('Predict', request, TIMEOUTS_MS.call * (context.timeScale ?? 1));
  const written = models.find(({ model }) => model.name === SPEC.model);
  const digests = { package: written?.packageSha256 ?? '', onnx: written?.onnxSha256 ?? '' };
  checkOutcome(outcome, { outputs: { y: 'golden' } }, { model: SPEC.model, tensors, digests, profile });
  return ['the caller who may is answered rightly'];
}

export async function strangerIsRefused(
  other: Partial<TargetOptions>,
  how: string,
  context: ProbeContext,
): Promise<string[]> {
  const client = new TargetClient({ ...context.target, ...other }, 'stranger');
  try {
    const outcome = await client.call('GetServerInfo', {}, limitOf(context));
    const isRefused = ['UNAVAILABLE', 'UNAUTHENTICATED', 'PERMISSION_DENIED'].includes(outcome.status);
    if (!isRefused)
      throw new TargetFailure(`a caller ${how} must be refused, got ${outcome.status} ${shortText(outcome.message)}`);
    return [`a caller ${how}: ${outcome.status}`];
  } finally {
    client.close();
  }
}

const SHOWN_OF_TOKEN = 12;
const OF_THE_END = 10;

/** Each is the right token, changed; no place is changed where a decoder of base64url may overlook it. */
const WRONG_TOKENS: readonly (readonly [how: string, change: (token: string) => string])[] = [
  ['with another character near its end', (token) => `Bearer ${flipped(token)}`],
  ['that is cut short', (token) => `Bearer ${token.slice(0, -1)}`],
  ['with something after it', (token) => `Bearer ${token}x`],
  ['of nothing', () => 'Bearer '],
  ['without its scheme', (token) => token],
  ['under another scheme', (token) => `Basic ${token}`],
];

function flipped(token: string): string {
  const at = Math.max(0, token.length - OF_THE_END);
  return `${token.slice(0, at)}${token[at] === 'x' ? 'y' : 'x'}${token.slice(at + 1)}`;
}

async function ask(client: TargetClient, rpc: string, limitMs: number): Promise<Outcome> {
  const named = { name: SPEC.model, version: VERSION };
  if (rpc === 'Predict') return client.call(rpc, buildPredict(SPEC, '').request, limitMs);
  if (rpc === 'WatchModels') return client.collect(rpc, {}, limitMs, () => true);
  if (rpc === 'PredictStream') return firstOfStream(client, limitMs);
  return client.call(rpc, rpc === 'GetServerInfo' ? {} : named, limitMs);
}

function firstOfStream(client: TargetClient, limitMs: number): Promise<Outcome> {
  const ok = { status: 'OK', message: '', reason: '', domain: '', metadata: {} };
  return new Promise((resolve) => {
    const call = client.stream(limitMs);
    call.on('data', () => resolve(ok));
    call.on('error', (error) => resolve(outcomeOf(error as ServiceError)));
    call.on('end', () => resolve(ok));
    call.end();
  });
}

function unauthenticated({ status, message }: Outcome, what: string, others: readonly string[] = []): void {
  if (status === 'UNAUTHENTICATED' || others.includes(status)) return;
  throw new TargetFailure(
    `${what}: expected ${['UNAUTHENTICATED', ...others].join(' or ')}, got ${status} ${shortText(message)}`,
  );
}

export function mutualTls({ target }: ProbeContext) {
  if (target.tls?.certificate === undefined) {
    throw new NotJudged('notApplicable', 'the target asks callers for no certificate (--tls-cert, --tls-key)');
  }
  return target.tls;
}

/** A token of the right caller; of one whose tokens open one call each, a new one. Throws NotJudged. */
export function tokenOf({ target }: ProbeContext): string {
  const token = tokenText(target);
  if (token === undefined) {
    throw new NotJudged('notApplicable', 'the target asks callers for no token (--token-file, --access)');
  }
  return token;
}

function withToken({ token: _, ...target }: TargetOptions, token: string | undefined): TargetOptions {
  return token === undefined ? target : { ...target, token };
}

export async function handshake(socket: Socket, context: ProbeContext): Promise<Socket> {
  const refusal = await outcomeOfHandshake(socket, context);
  if (refusal === undefined) return socket;
  socket.destroy();
  throw new TargetFailure(`the TLS handshake fails: ${refusal}`);
}

export async function refusalOf(socket: Socket, context: ProbeContext): Promise<string | undefined> {
  const refusal = await outcomeOfHandshake(socket, context);
  socket.destroy();
  return refusal;
}

function outcomeOfHandshake(socket: Socket, context: ProbeContext): Promise<string | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve('no answer'), limitOf(context));
    const finish = (refusal: string | undefined) => {
      clearTimeout(timer);
      resolve(refusal);
    };
    socket.once('secureConnect', () => finish(undefined));
    socket.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? 'an error'));
    socket.once('close', () => finish('closed'));
  });
}

/** Whether this process can speak an old version at all: else its refusal would be nobody's merit. */
async function canSpeak(version: SecureVersion, context: ProbeContext): Promise<boolean> {
  const { certificate, key } = makeCertificate({ name: 'localhost', hosts: ['localhost'] });
  const old = { minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' };
  const server = createServer({ ...old, cert: certificate, key, ALPNProtocols: ['h2'] });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const self = { address: `127.0.0.1:${port}`, tls: { ca: certificate, name: 'localhost' } };
  try {
    return (await refusalOf(openSocket(self, { maxVersion: version }), context)) === undefined;
  } finally {
    server.close();
  }
}

/** What comes back for the first words of HTTP/2. */
export function firstWords(
  socket: Socket,
  context: ProbeContext,
  question: string | Buffer = PLAIN_QUESTION,
): Promise<Buffer> {
  return new Promise((resolve) => {
    let got = Buffer.alloc(0);
    const finish = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(got);
    };
    const timer = setTimeout(finish, limitOf(context));
    socket.once('connect', () => socket.write(question));
    socket.on('data', (bytes: Buffer) => {
      got = Buffer.concat([got, bytes]);
      if (got.length >= FRAME_HEADER_BYTES) finish();
    });
    socket.on('error', finish);
    socket.on('close', finish);
  });
}

export function limitOf({ timeScale = 1 }: ProbeContext): number {
  return TIMEOUTS_MS.call * timeScale;
}
