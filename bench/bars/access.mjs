// What TLS and the recognition of callers cost: the same server and load, once in plain text and unasked.
import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare, MANY_ROUNDS } from '../compare.mjs';
import { Skipped } from '../skipped.mjs';

const KEY = 'bench-key-of-no-consequence-0123456789';
const ISSUER = 'https://issuer.example';

/** Files of a server's certificate for "localhost", made for this run. */
function makeCertificate(folder) {
  const [certificate, key] = [join(folder, 'server.crt'), join(folder, 'server.key')];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const name = ['-subj', '/CN=bench', '-addext', 'subjectAltName=DNS:localhost'];
  try {
    execFileSync('openssl', ['req', ...kind, ...name, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  } catch {
    throw new Skipped('the program openssl, which makes the certificate, is not there');
  }
  return { certificate, key };
}

function writeKeys(folder) {
  const keysFile = join(folder, 'keys.json');
  const sha256 = createHash('sha256').update(KEY).digest('hex');
  writeFileSync(keysFile, JSON.stringify({ keys: [{ id: 'bench', sha256, roles: ['service'] }] }));
  return { keysFile };
}

/** A token of ES256, and what the server needs to believe it. */
function makeToken(folder) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwksFile = join(folder, 'jwks.json');
  writeFileSync(jwksFile, JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: '1' }] }));
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: ISSUER, aud: 'bench', sub: 'bench', roles: ['service'], iat: now, exp: now + 3600 };
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'ES256', kid: '1', typ: 'JWT' })}.${part(claims)}`;
  const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  const tokens = [{ issuer: ISSUER, audience: 'bench', jwksFile }];
  return { token: `${text}.${signature.toString('base64url')}`, access: { tokens } };
}

const bar = (id, title, { model, workload, job, load, secured, method, min }) => ({
  id: `access.${id}`,
  title,
  method: `${method} Baseline: the same without TLS, and nobody is asked who they are.`,
  bound: { min },
  unit: 'ratio',
  async measure(context) {
    const folder = mkdtempSync(join(tmpdir(), 'deephealth-bench-access-'));
    try {
      const { options, secure } = secured(folder);
      const plain = await context.runtime(model);
      const runtime = await context.runtimeWith(model, options);
      const expected = await context.answers(workload);
      const loader = await context.loader();
      const settings = { workload, expected, ...load, seconds: MANY_ROUNDS.seconds };
      return await compare(context, {
        subject: () => context.load(loader, runtime, job, { ...settings, secure }),
        baseline: () => context.load(loader, plain, job, settings),
        of: 'rate',
        rounds: MANY_ROUNDS.rounds,
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
});

const withKey = (folder) => ({ options: { access: writeKeys(folder) }, secure: { token: KEY } });
const withToken = (folder) => {
  const { token, access } = makeToken(folder);
  return { options: { access }, secure: { token } };
};
const withAll = (folder) => {
  const tls = makeCertificate(folder);
  const { options, secure } = withKey(folder);
  return { options: { ...options, tls }, secure: { ...secure, ca: readFileSync(tls.certificate, 'utf8') } };
};

const mlp = { model: 'bench-mlp', workload: 'mlp-infer', job: 'closedLoop', load: { inFlight: 64, connections: 8 } };
const UNARY = 'The MLP of serving.mlp-unary-vs-echo, ModelInfer, 64 calls in flight on 8 connections of grpc-js';

export const bars = [
  bar('key', 'small MLP, unary, with a key on each call', {
    ...{ ...mlp, secured: withKey, min: 0.85 },
    method: `${UNARY}, each with a key.`,
  }),
  bar('token', 'small MLP, unary, with a token on each call', {
    ...{ ...mlp, secured: withToken, min: 0.85 },
    method: `${UNARY}, each with the same JSON Web Token, which is proven once.`,
  }),
  bar('tls-key', 'small MLP, unary, over TLS 1.3 with a key on each call', {
    ...{ ...mlp, secured: withAll, min: 0.7 },
    method: `${UNARY} over TLS 1.3, each with a key.`,
  }),
  bar('tls-key-streams', 'small MLP on 16 streams over TLS 1.3 with a key', {
    ...{ model: 'bench-mlp', workload: 'mlp-predict-stream', job: 'streamLoop', secured: withAll, min: 0.8 },
    load: { streams: 16, inFlight: 8, connections: 8 },
    method: 'The MLP over PredictStream: 16 streams on 8 connections over TLS 1.3, each opened with a key.',
  }),
  bar('tls-key-cnn', 'image CNN with 8 clients over TLS 1.3 with a key', {
    ...{ model: 'bench-cnn', workload: 'cnn-infer', job: 'closedLoop', secured: withAll, min: 0.95 },
    load: { inFlight: 8, connections: 8 },
    method: 'The CNN of serving.cnn-throughput, ModelInfer, 8 calls in flight on 8 connections over TLS 1.3.',
  }),
];
