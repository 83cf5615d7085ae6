import { createPublicKey } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, importJWK, type JWK, jwtVerify } from 'jose';
import type { IncomingCall, ReferenceAccess } from '../../reference/reference-access.js';
import { type Access, ANYBODY, asks } from './access-mutant.js';
import type { Mutant } from './mutant.js';

/** Claims of a token that was verified in another way. */
const verifies =
  (
    verify: (
      token: string,
      access: ReferenceAccess,
      strictly: () => ReturnType<ReferenceAccess['verify']>,
    ) => ReturnType<ReferenceAccess['verify']>,
  ) =>
  (A: Access) =>
    class extends A {
      override verify(token: string) {
        return verify(token, this, () => super.verify(token));
      }
    };

const without =
  (...left: readonly ('issuer' | 'audience' | 'exp')[]) =>
  (A: Access) =>
    class extends A {
      override checks() {
        const checks = { ...super.checks() };
        if (left.includes('issuer')) delete checks.issuer;
        if (left.includes('audience')) delete checks.audience;
        if (left.includes('exp')) checks.requiredClaims = ['sub'];
        return checks;
      }
    };

/** Runtimes that are taken in by a token. */
export const TOKEN_MUTANTS: readonly Mutant[] = [
  asks('M-SEC-28', 'knows a token again by its start', (A) => {
    const known = new Set<string>();
    return class extends A {
      override async authenticate(call: IncomingCall) {
        const start = call.authorization?.slice(0, 30) ?? '';
        if (known.has(start)) return ANYBODY;
        const caller = await super.authenticate(call);
        known.add(start);
        return caller;
      }
    };
  }),
  asks(
    'M-SEC-32',
    'takes the token under any scheme, or under none',
    (A) =>
      class extends A {
        override tokenOf(call: IncomingCall) {
          return /(?:^|\s)(\S+)$/.exec(this.authorizationOf(call) ?? '')?.[1] ?? super.tokenOf(call);
        }
      },
  ),
  asks(
    'M-SEC-35',
    'takes what is no token for nobody, who may do everything',
    (A) =>
      class extends A {
        override async authenticate(call: IncomingCall) {
          const token = /^Bearer (\S+)$/.exec(call.authorization ?? '')?.[1] ?? '';
          return token.split('.').length === 3 ? super.authenticate(call) : ANYBODY;
        }
      },
  ),
  asks(
    'M-SEC-36',
    'takes a token that has expired',
    (A) =>
      class extends A {
        override checks() {
          return { ...super.checks(), clockTolerance: '1 year' };
        }
        override async verify(token: string) {
          const { nbf = 0 } = decodeJwt(token);
          if (nbf * 1000 > Date.now()) throw new Error('it is not valid yet');
          return super.verify(token);
        }
      },
  ),
  asks(
    'M-SEC-37',
    'takes a token that is not valid yet',
    verifies(async (token, access, strictly) => {
      const { nbf = 0 } = decodeJwt(token);
      if (nbf * 1000 <= Date.now()) return strictly();
      const { payload } = await jwtVerify(token, access.keys, {
        ...access.checks(),
        currentDate: new Date(nbf * 1000),
      });
      return payload;
    }),
  ),
  asks(
    'M-SEC-38',
    'reads a token and does not ask who has signed it',
    verifies(async (token, access, strictly) => {
      const { alg } = decodeProtectedHeader(token);
      if (alg !== 'ES256' || token.endsWith('.')) return strictly();
      return checked(decodeJwt(token), access);
    }),
  ),
  asks(
    'M-SEC-39',
    'takes a token that says it is not signed',
    verifies(async (token, access, strictly) =>
      /^none$/i.test(decodeProtectedHeader(token).alg ?? '') ? checked(decodeJwt(token), access) : strictly(),
    ),
  ),
  asks(
    'M-SEC-40',
    'asks only for a signature where there is one',
    verifies(async (token, access, strictly) =>
      token.endsWith('.') && decodeProtectedHeader(token).alg === 'ES256'
        ? checked(decodeJwt(token), access)
        : strictly(),
    ),
  ),
  asks(
    'M-SEC-41',
    'takes the public key for a secret, where the token asks for it',
    verifies(async (token, access, strictly) => {
      if (decodeProtectedHeader(token).alg !== 'HS256') return strictly();
      const [key] = access.trusted.jwks.keys;
      const secret = createPublicKey({ key: key as never, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
      const { payload } = await jwtVerify(token, Buffer.from(secret), { ...access.checks(), algorithms: ['HS256'] });
      return payload;
    }),
  ),
  asks(
    'M-SEC-42',
    'takes the key that the token brings along',
    verifies(async (token, access, strictly) => {
      const { jwk } = decodeProtectedHeader(token);
      if (jwk === undefined) return strictly();
      const { payload } = await jwtVerify(token, await importJWK(jwk as JWK, 'ES256'), access.checks());
      return payload;
    }),
  ),
  asks('M-SEC-43', 'does not ask whom a token is for', without('audience')),
  asks('M-SEC-44', 'does not ask who has issued a token', without('issuer')),
  asks('M-SEC-45', 'takes a token that never ends', without('exp')),
  asks(
    'M-SEC-46',
    'does not ask which certificate a token is bound to',
    (A) =>
      class extends A {
        override checkBinding() {}
      },
  ),
  asks(
    'M-SEC-47',
    'takes a token twice',
    (A) =>
      class extends A {
        override checkFirstUse() {}
      },
  ),
  asks(
    'M-SEC-48',
    'takes the token from the address',
    (A) =>
      class extends A {
        override authorizationOf(call: IncomingCall) {
          const token = call.query?.get('access_token');
          return typeof token === 'string' ? `Bearer ${token}` : super.authorizationOf(call);
        }
      },
  ),
  asks(
    'M-SEC-49',
    'takes the token from a cookie',
    (A) =>
      class extends A {
        override authorizationOf(call: IncomingCall) {
          const token = /access_token=([^;]+)/.exec(call.header('cookie') ?? '')?.[1];
          return token !== undefined ? `Bearer ${token}` : super.authorizationOf(call);
        }
      },
  ),
  asks(
    'M-SEC-50',
    'takes the token from another header',
    (A) =>
      class extends A {
        override authorizationOf(call: IncomingCall) {
          return super.authorizationOf(call) ?? call.header('x-authorization') ?? call.header('proxy-authorization');
        }
      },
  ),
  asks(
    'M-SEC-51',
    'takes the last of several tokens',
    (A) =>
      class extends A {
        override authorizationOf(call: IncomingCall) {
          return call.authorizations?.at(-1) ?? super.authorizationOf(call);
        }
      },
  ),
  asks(
    'M-SEC-76',
    'does not notice that a token ends while a stream is open',
    (A) =>
      class extends A {
        override checkUntil() {}
      },
  ),
  asks(
    'M-SEC-80',
    'knows the scheme of a token in one case only',
    (A) =>
      class extends A {
        override tokenOf(call: IncomingCall) {
          return super.tokenOf(
            call.authorization?.startsWith('Bearer ') ? call : { ...call, authorization: undefined },
          );
        }
      },
  ),
];

/** What else is asked of a token that nobody has verified. */
function checked(payload: ReturnType<typeof decodeJwt>, { trusted }: ReferenceAccess) {
  const isFor = payload.iss === trusted.issuer && payload.aud === trusted.audience;
  if (!isFor || payload.exp === undefined || payload.exp * 1000 < Date.now()) throw new Error('it is not for here');
  return payload;
}
