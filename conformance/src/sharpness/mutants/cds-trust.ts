import { createHmac } from 'node:crypto';
import type { LooseJson } from '../../cds/loose-json.js';
import type { Answer } from '../../reference/cds/cds-reference.js';
import { CdsRefusal } from '../../reference/cds/cds-refusal.js';
import type { Claims, ReferenceTrust, TokenParts } from '../../reference/cds/reference-trust.js';
import type { JsonRequest } from '../../simulators/http-json.js';
import { type CdsMutant, service, trust } from './cds-mutant.js';

export const CDS_TRUST_MUTANTS: readonly CdsMutant[] = [
  service(
    'M-CDS-100',
    'has no place for feedback',
    (S) =>
      class extends S {
        override takeFeedback(): Answer {
          throw this.notFound();
        }
      },
  ),
  service(
    'M-CDS-101',
    'takes feedback about one card at a time',
    (S) =>
      class extends S {
        override takeFeedback(body: LooseJson) {
          if (body.feedback?.length > 1) throw new CdsRefusal(409, 'CDS_REQUEST_INVALID', 'One at a time.');
          return super.takeFeedback(body);
        }
      },
  ),
  service(
    'M-CDS-102',
    'wants a reason for every override',
    (S) =>
      class extends S {
        override checkFeedback(one: LooseJson) {
          super.checkFeedback(one);
          if (one.outcome === 'overridden' && one.overrideReason?.reason === undefined) {
            throw new CdsRefusal(400, 'CDS_REQUEST_INVALID', 'A reason is missing.');
          }
        }
      },
  ),
  service(
    'M-CDS-103',
    'takes whatever comes as feedback',
    (S) =>
      class extends S {
        override takeFeedback(): Answer {
          return { status: 200 };
        }
      },
  ),
  service(
    'M-CDS-104',
    'answers everybody',
    (S) =>
      class extends S {
        override async authenticate() {
          // Come in.
        }
      },
  ),
  trust(
    'M-CDS-105',
    'takes tokens without a signature',
    (T) =>
      class extends T {
        override isAlgorithm() {
          return true;
        }
        override async keyOf(client: ReferenceTrust['clients'][number]) {
          return client.jwks.keys[0];
        }
        override isSigned(parts: TokenParts, key: LooseJson) {
          return parts.signature.byteLength === 0 || super.isSigned(parts, key);
        }
      },
  ),
  trust(
    'M-CDS-106',
    'takes its public key for a shared secret',
    (T) =>
      class extends T {
        override isAlgorithm(algorithm: unknown) {
          return algorithm === 'HS384' || super.isAlgorithm(algorithm);
        }
        override async keyOf(client: ReferenceTrust['clients'][number], { kid }: Claims) {
          return client.jwks.keys.find((key) => key.kid === kid);
        }
        override isSigned(parts: TokenParts, key: LooseJson) {
          if (parts.header.alg !== 'HS384') return super.isSigned(parts, key);
          return createHmac('sha384', JSON.stringify(key)).update(parts.input).digest().equals(parts.signature);
        }
      },
  ),
  trust(
    'M-CDS-107',
    'does not check signatures',
    (T) =>
      class extends T {
        override isSigned() {
          return true;
        }
      },
  ),
  trust(
    'M-CDS-108',
    'does not look whom a token is for',
    (T) =>
      class extends T {
        override isMeant() {
          return true;
        }
      },
  ),
  trust(
    'M-CDS-109',
    'does not look at the clock',
    (T) =>
      class extends T {
        override isInTime() {
          return true;
        }
      },
  ),
  trust(
    'M-CDS-110',
    'trusts whoever can sign',
    (T) =>
      class extends T {
        override clientOf() {
          return this.clients[0];
        }
        override async keyOf(_: unknown, { kid, alg }: Claims) {
          return this.clients.flatMap(({ jwks }) => jwks.keys).find((key) => key.kid === kid || key.alg === alg);
        }
        override isSigned(parts: TokenParts, key: LooseJson) {
          return parts.header.kid === 'nobody' || super.isSigned(parts, key);
        }
      },
  ),
  trust(
    'M-CDS-111',
    'takes the keys that a token brings along',
    (T) =>
      class extends T {
        override async keyOf(...[client, header]: Parameters<ReferenceTrust['keyOf']>) {
          if (header.jwk !== undefined) return header.jwk as LooseJson;
          if (typeof header.jku !== 'string') return super.keyOf(client, header);
          const { keys } = (await (await fetch(header.jku)).json()) as { keys: LooseJson[] };
          return keys.find(({ kid }) => kid === header.kid);
        }
      },
  ),
  trust(
    'M-CDS-112',
    'takes a token as often as it comes',
    (T) =>
      class extends T {
        override isNew() {
          return true;
        }
      },
  ),
  trust(
    'M-CDS-113',
    'does not look at the tenant',
    (T) =>
      class extends T {
        override isOfTenant() {
          return true;
        }
      },
  ),
  trust(
    'M-CDS-114',
    'says what was wrong with a token',
    (T) =>
      class extends T {
        override refusal() {
          return new CdsRefusal(
            401,
            'CDS_UNAUTHENTICATED',
            'The token is expired, or its signature or issuer is wrong.',
          );
        }
      },
  ),
  trust(
    'M-CDS-115',
    'knows one algorithm',
    (T) =>
      class extends T {
        override isAlgorithm(algorithm: unknown) {
          return algorithm === 'ES384';
        }
      },
  ),
  trust(
    'M-CDS-116',
    'takes one audience as a text only',
    (T) =>
      class extends T {
        override isMeant({ aud }: Claims, url: string) {
          return aud === url;
        }
      },
  ),
  service(
    'M-CDS-117',
    'answers browsers before a call only',
    (S) =>
      class extends S {
        override corsHeaders(request: JsonRequest) {
          return request.method === 'OPTIONS' ? super.corsHeaders(request) : {};
        }
      },
  ),
  service(
    'M-CDS-118',
    'lets pages of every origin in with a star',
    (S) =>
      class extends S {
        override isAllowed() {
          return true;
        }
        override corsHeaders() {
          return { 'access-control-allow-origin': '*' };
        }
      },
  ),
  service(
    'M-CDS-119',
    'has no preflight of feedback and discovery',
    (S) =>
      class extends S {
        override preflight(request: JsonRequest): Answer {
          if (!/cds-services\/[^/]+$/.test(request.path)) throw new CdsRefusal(405, 'UNIMPLEMENTED', 'Another method.');
          return super.preflight(request);
        }
      },
  ),
  service(
    'M-CDS-120',
    'lets browsers send no authorization',
    (S) =>
      class extends S {
        override preflight(request: JsonRequest): Answer {
          const answer = super.preflight(request);
          return { ...answer, headers: { ...answer.headers, 'access-control-allow-headers': 'content-type' } };
        }
      },
  ),
  service(
    'M-CDS-121',
    'lets every origin in by its name',
    (S) =>
      class extends S {
        override isAllowed() {
          return true;
        }
      },
  ),
  service(
    'M-CDS-122',
    'logs what it is sent',
    (S) =>
      class extends S {
        override answer(request: JsonRequest) {
          this.log.push(JSON.stringify(request.headers));
          return super.answer(request);
        }
      },
  ),
];
