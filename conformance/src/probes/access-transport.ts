import { TLSSocket } from 'node:tls';
import { authorityOf, type Identity, makeCertificate, namesOf } from '@deephealth/sdk/testing';
import type { CertificateFault } from '../access/access-material.js';
import { NotJudged, TargetFailure } from '../run/case-result.js';
import { parseAddress } from '../targets/loopback.js';
import { frame, openSocket, rawCall } from '../targets/raw-call.js';
import type { TargetOptions, TlsOptions } from '../targets/target-client.js';
import { faceOf, ofHttp, overHttp } from './face-calls.js';
import type { Probe, ProbeContext } from './probe.js';
import {
  firstWords,
  handshake,
  limitOf,
  mutualTls,
  refusalOf,
  rightCaller,
  strangerIsRefused,
} from './secure-transport.js';

/** Ciphers that protect nothing, each in the words of OpenSSL. What Node itself no longer speaks cannot be offered. */
const WEAK: Readonly<Record<string, string>> = {
  'without encryption': 'eNULL:@SECLEVEL=0',
  'without proof of who answers': 'aNULL:@SECLEVEL=0',
};
const DAY_MS = 86_400_000;
const DEBUG_SERVICES: Readonly<Record<string, string>> = {
  'reflection v1': '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  'reflection v1alpha': '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
  channelz: '/grpc.channelz.v1.Channelz/GetServers',
};

/** What is asked of connections, beside what `secure-transport.ts` asks. */
export const ACCESS_TRANSPORT_PROBES: Readonly<Record<string, Probe>> = {
  'weak-ciphers-are-refused': async (context) => {
    const answered = await rightCaller(context);
    const how = String(context.with.how);
    const ciphers = WEAK[how];
    if (ciphers === undefined) throw new RangeError(`the suite knows no cipher ${how}`);
    // Who proves nothing has no certificate to look at.
    const offered = { maxVersion: 'TLSv1.2', ciphers, takesAnybody: true } as const;
    const refusal = await refusalOf(openSocket(context.target, offered), context);
    if (refusal === undefined) throw new TargetFailure(`the target takes a cipher ${how}`);
    return [...answered, `ciphers ${how} are refused (${refusal})`];
  },

  'http2-is-agreed-on': async (context) => {
    const answered = await rightCaller(context);
    const socket = await handshake(openSocket(context.target), context);
    const protocol = socket instanceof TLSSocket ? socket.alpnProtocol : undefined;
    socket.destroy();
    if (protocol !== 'h2') throw new TargetFailure(`ALPN: "h2" was offered, and ${String(protocol)} chosen`);
    return [...answered, 'ALPN agrees on h2'];
  },

  'certificate-that-does-not-hold': async (context) => {
    const right = mutualTls(context);
    const how = String(context.with.how);
    const identity = wrongIdentity(how, right, context);
    const answered = await rightCaller(context);
    const { certificate, key } = identity;
    const stranger = { tls: { ...right, certificate, key } };
    return [...answered, ...(await strangerIsRefused(stranger, `with a certificate that is ${how}`, context))];
  },

  'http-asks-for-the-certificate': async (context) => {
    const { certificate: _, key: __, ...without } = mutualTls(context);
    const answered = await rightCaller(context);
    await faceOf({ ...context, with: { face: 'http' } });
    const answer = await overHttp(
      '/v2/health/live',
      {},
      { ...context, target: { ...context.target, tls: without } },
    ).catch((failed: Error) => failed);
    if (answer instanceof Error) return [...answered, 'HTTP without a certificate is not answered'];
    const { status } = ofHttp(answer);
    if (status === 'OK') throw new TargetFailure('HTTP without a certificate is answered');
    return [...answered, `HTTP without a certificate: ${status}`];
  },

  'http-in-plain-text': async (context) => {
    const answered = await rightCaller(context);
    await faceOf({ ...context, with: { face: 'http' } });
    const { host } = new URL(context.access?.http ?? '');
    if (parseAddress(host) === undefined) throw new NotJudged('inconclusive', 'the address of HTTP has no port');
    const plain: TargetOptions = { address: host };
    const got = await firstWords(openSocket(plain), context, 'GET /v2/health/live HTTP/1.1\r\nhost: localhost\r\n\r\n');
    if (/^HTTP\/1\.1 2/.test(got.toString('latin1'))) throw new TargetFailure('HTTP is answered in plain text, too');
    return [...answered, `plain text over HTTP is answered with ${got.length} bytes that are no success`];
  },

  'no-debug-services': async (context) => {
    const answered = await rightCaller(context);
    const name = String(context.with.service);
    const path = DEBUG_SERVICES[name];
    if (path === undefined) throw new RangeError(`the suite knows no service "${name}"`);
    const { status, message } = await rawCall(context.target, { path, body: frame(Buffer.alloc(0)) }, limitOf(context));
    if (!['UNIMPLEMENTED', 'PERMISSION_DENIED', 'NOT_FOUND'].includes(status)) {
      throw new TargetFailure(`${name}: expected UNIMPLEMENTED, got ${status} ${message}`.trim());
    }
    return [...answered, `${name}: ${status}`];
  },
};

/** A certificate that is wrong in one thing. Throws NotJudged where it cannot be had. */
function wrongIdentity(how: string, right: TlsOptions, { access }: ProbeContext): Identity {
  const names = namesOf(right.certificate ?? Buffer.alloc(0));
  const name = 'a caller';
  if (how === 'signed by itself') return makeCertificate({ name, subject: names.subject });
  // Each says that the right authority has signed it, or another, and neither has.
  if (how === 'of an authority of the same name') {
    return makeCertificate({ name, issuer: makeCertificate({ name, subject: names.issuer, isAuthority: true }) });
  }
  if (how === 'of the right name from another authority') {
    const issuer = makeCertificate({ name: 'another authority', isAuthority: true });
    return makeCertificate({ name, subject: names.subject, issuer });
  }
  const fault = how as CertificateFault;
  const given = access?.certificates?.[fault];
  if (given !== undefined) return given;
  if (access?.authority === undefined) {
    throw new NotJudged(
      'notApplicable',
      `no certificate that is ${how} was given, and no authority to make one (--access)`,
    );
  }
  const now = Date.now();
  const times =
    fault === 'expired'
      ? { from: new Date(now - 3 * DAY_MS), until: new Date(now - DAY_MS) }
      : { from: new Date(now + DAY_MS), until: new Date(now + 3 * DAY_MS) };
  return makeCertificate({ name, subject: names.subject, issuer: authorityOf(access.authority), ...times });
}
