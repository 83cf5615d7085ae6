import type { TLSSocket } from 'node:tls';
import type { Weakness } from '../../reference/serve-secure.js';
import type { Mutant, Runtime } from './mutant.js';

/** One whose connections are less strict. */
const listens = (id: string, title: string, weakness: Weakness): Mutant => ({
  ...{ id, title, weakness, of: (R: Runtime) => R },
});

const commonName = ({ issuer }: { readonly issuer?: { readonly CN?: string | string[] } }) => issuer?.CN;

/** Runtimes whose connections are less strict, or tell more. */
export const CONNECTION_MUTANTS: readonly Mutant[] = [
  listens('M-SEC-65', 'tells what it serves to whoever asks for reflection', {
    offers: [
      '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
      '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
    ],
  }),
  listens('M-SEC-66', 'shows its connections through channelz', { offers: ['/grpc.channelz.v1.Channelz/GetServers'] }),
  listens('M-SEC-67', 'speaks TLS 1.0', { minVersion: 'TLSv1' }),
  listens('M-SEC-68', 'takes ciphers that encrypt nothing', { ciphers: 'HIGH:!aNULL:eNULL:@SECLEVEL=0' }),
  listens('M-SEC-69', 'says nothing of which protocol it speaks', { protocols: [] }),
  listens('M-SEC-70', 'takes a certificate of a caller that has expired', {
    takes: ({ authorizationError }) => String(authorizationError).includes('CERT_HAS_EXPIRED'),
  }),
  listens('M-SEC-71', 'takes a certificate of a caller that is not valid yet', {
    takes: ({ authorizationError }) => String(authorizationError).includes('CERT_NOT_YET_VALID'),
  }),
  listens('M-SEC-72', 'looks at the name of who signed a certificate, and not at the signature', {
    takes: (socket: TLSSocket) => commonName(socket.getPeerCertificate()) === 'DeepHealth conformance',
  }),
  listens('M-SEC-73', 'looks at the name in a certificate, and not at who signed it', {
    takes: (socket: TLSSocket) => socket.getPeerCertificate().subject?.CN === 'a caller',
  }),
  listens('M-SEC-74', 'asks for no certificate over HTTP', { http: { callers: 'unasked' } }),
  listens('M-SEC-75', 'speaks HTTP in plain text, too', { http: { takesPlainText: true } }),
  // With such a cipher nobody can be asked for a certificate, either.
  listens('M-SEC-81', 'takes ciphers that prove neither side', {
    ...{ ciphers: 'HIGH:aNULL:@SECLEVEL=0', callers: 'unasked' },
  }),
];
