import type { Hospital, Shown } from './access-hospital.js';
import { ONCE, randomKey } from './access-hospital.js';

/** One attempt to be let in that must fail, on whichever face. */
export interface Attempt {
  readonly name: string;
  /** @param use spends what may be used once */
  shown(hospital: Hospital, use: (shown: Shown) => Promise<void>): Shown | Promise<Shown>;
}

const bearer = (...secrets: readonly string[]) => ({ authorization: secrets.map((secret) => `Bearer ${secret}`) });

/** What is good in all but one thing. */
export const ATTEMPTS: readonly Attempt[] = [
  { name: 'plain text to the port of TLS', shown: ({ keys }) => ({ ...bearer(keys['ward-a']), isPlaintext: true }) },
  { name: 'no client certificate', shown: ({ keys }) => bearer(keys['ward-a']) },
  {
    name: 'a client certificate of another authority',
    shown: ({ keys, stranger }) => ({ ...bearer(keys['ward-a']), identity: stranger }),
  },
  { name: 'neither key nor token', shown: ({ client }) => ({ identity: client }) },
  goodBut('a key that is unknown', () => [randomKey()]),
  goodBut('a key that has expired', ({ keys }) => [keys.expired]),
  goodBut('a key that was withdrawn', ({ keys }) => [keys.withdrawn]),
  goodBut("a token that a stranger's key signed", ({ token, forger }) => [token({}, forger.privateKey)]),
  goodBut('a token without a signature (alg: none)', ({ token }) => {
    const [, payload] = token().split('.');
    return [`${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`];
  }),
  goodBut('a token that was altered', ({ token }) => {
    const [header, payload = '', signature] = token({ roles: ['auditor'] }).split('.');
    const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), roles: ['clinician'] };
    return [`${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`];
  }),
  goodBut('a token for another audience', ({ token }) => [token({ aud: 'pharmacy' })]),
  goodBut('a token of another issuer', ({ token }) => [token({ iss: 'https://elsewhere.example' })]),
  goodBut('a token that has expired', ({ token }) => [token({ iat: seconds() - 700, exp: seconds() - 100 })]),
  goodBut('a token that is not valid yet', ({ token }) => [token({ nbf: seconds() + 300 })]),
  goodBut('a token that lives for too long', ({ token }) => [token({ exp: seconds() + 7200 })]),
  {
    name: 'a single-use token, used again',
    async shown({ token, client }, use) {
      const shown = { ...bearer(token({ iss: ONCE, jti: randomKey() })), identity: client };
      await use(shown);
      return shown;
    },
  },
  {
    name: 'a token that is bound to another certificate',
    shown: ({ token, client, otherClient, thumbprint }) => ({
      ...bearer(token({ cnf: { 'x5t#S256': thumbprint(otherClient) } })),
      identity: client,
    }),
  },
  goodBut('a role that may not', ({ keys }) => [keys['auditor-a']]),
  goodBut('a model that is outside of the rule', ({ keys }) => [keys.elsewhere]),
  goodBut('two headers of authorization', ({ keys }) => [keys['ward-a'], keys['ward-b']]),
];

function goodBut(name: string, secrets: (hospital: Hospital) => readonly string[]): Attempt {
  return { name, shown: (hospital) => ({ ...bearer(...secrets(hospital)), identity: hospital.client }) };
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
