import { DeepHealthError, KeyLookupFailure, openReplayMemory, type ReplayMemory, replayFileIn } from '@deephealth/sdk';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { isName, readBearerToken, type UnprovenToken } from './bearer-token.js';
import { ClientRefusal, unauthenticated } from './client-refusal.js';
import { type ListedClient, listClients } from './listed-client.js';
import { createOpenTrust } from './open-trust.js';
import { type Peer, type PeerCertificate, toFingerprint } from './peer.js';
import type { ListedClientsOptions, TrustOptions } from './trust-options.js';
import type { ClientTrust, TrustedClient } from './trusted-client.js';

export type { ClientTrust, TrustedClient };

export interface TrustState {
  /** Folder of the adapter's state; the memory of used tokens is kept in it. */
  readonly stateFolder: string;
  /** The time at which the memory is opened. Default the clock. */
  readonly now?: () => Date;
}

/** Throws DH_CONFIG_INVALID, naming the setting. */
export async function createClientTrust(options: TrustOptions & TrustState): Promise<ClientTrust> {
  if ('mode' in options) return createOpenTrust();
  const clients = listClients(options);
  const { stateFolder, now = () => new Date() } = options;
  return new ListedClientTrust(clients, options, await openReplayMemory(replayFileIn(stateFolder), now()));
}

class ListedClientTrust implements ClientTrust {
  readonly isOpen = false;
  private readonly byIssuer: ReadonlyMap<string, ListedClient>;
  private readonly byFingerprint: ReadonlyMap<string, ListedClient>;
  private readonly leewayS: number;
  private readonly maximumAgeS: number;
  private readonly maximumLifetimeS: number;

  constructor(
    clients: readonly ListedClient[],
    options: ListedClientsOptions,
    private readonly memory: ReplayMemory,
  ) {
    this.byIssuer = new Map(clients.map((client) => [client.issuer, client]));
    this.byFingerprint = new Map(clients.flatMap((client) => client.fingerprints.map((one) => [one, client])));
    this.leewayS = options.leewayS ?? 60;
    this.maximumAgeS = options.maximumAgeS ?? 300;
    this.maximumLifetimeS = options.maximumLifetimeS ?? 3600;
  }

  async verify(
    authorization: string | undefined,
    endpointUrl: string,
    now: Date,
    peer: Peer = {},
  ): Promise<TrustedClient> {
    try {
      const certified = this.certifiedClient(peer.certificate, now);
      if (certified?.authentication === 'certificate') return { issuer: certified.issuer, by: 'certificate' };
      if (authorization === undefined) {
        const isCertificateUnknown = peer.certificate !== undefined && certified === undefined;
        throw new ClientRefusal(isCertificateUnknown ? 'certificate-unknown' : 'token-missing');
      }
      const token = readBearerToken(authorization);
      const client = this.byIssuer.get(token.issuer);
      if (client === undefined) throw new ClientRefusal('issuer-unknown');
      if (client.authentication !== 'token' && certified !== client) {
        throw new ClientRefusal('certificate-missing', client.issuer);
      }
      return await this.verifyToken(token, client, endpointUrl, now);
    } catch (error) {
      // A trouble of our own is no verdict on the client.
      if (error instanceof DeepHealthError) throw error;
      throw unauthenticated(error instanceof ClientRefusal ? error : new ClientRefusal('token-malformed'));
    }
  }

  close(): Promise<void> {
    return this.memory.close();
  }

  private certifiedClient(certificate: PeerCertificate | undefined, now: Date): ListedClient | undefined {
    // A certificate that belongs to nobody is no harm, if the client has only to show a token.
    if (certificate === undefined) return undefined;
    const client = this.byFingerprint.get(toFingerprint(certificate.sha256) ?? '');
    if (client === undefined) return undefined;
    // Written so that a date which cannot be read refuses.
    if (!(certificate.validFrom <= now && now <= certificate.validTo)) {
      throw new ClientRefusal('certificate-out-of-date', client.issuer);
    }
    return client;
  }

  private async verifyToken(
    token: UnprovenToken,
    client: ListedClient,
    endpointUrl: string,
    now: Date,
  ): Promise<TrustedClient> {
    const refuse = (reason: ClientRefusal['reason']): never => {
      throw new ClientRefusal(reason, client.issuer);
    };
    const { algorithm, keyId = refuse('key-id-missing') } = token;
    if (!client.algorithms.includes(algorithm)) refuse('algorithm-not-allowed');
    const keys = client.keySource(token.keySetUrl) ?? refuse('key-set-not-allowed');
    const claims = await this.proveClaims(token, keyId, keys, client, endpointUrl, now);
    const { jti, tenant, exp = Number.NaN, iat = Number.NaN } = claims;
    if (!(exp - iat <= this.maximumLifetimeS)) refuse('lifetime-too-long');
    if (!isName(jti)) return refuse('claims-malformed');
    if (tenant !== undefined && !isName(tenant)) refuse('claims-malformed');
    if (!client.allowsTenant(tenant)) refuse('tenant-not-allowed');
    // Last, so that no token is used up that was not good.
    const isNew = await this.memory
      .remember(client.issuer, jti, exp + this.leewayS, now.getTime() / 1000)
      .catch(inOwnWords);
    if (!isNew) refuse('replayed');
    const by = client.authentication;
    return { issuer: client.issuer, by, keyId, ...(typeof tenant === 'string' ? { tenant } : {}) };
  }

  /** The claims, once signature, times and audience hold. */
  private async proveClaims(
    token: UnprovenToken,
    keyId: string,
    keys: NonNullable<ReturnType<ListedClient['keySource']>>,
    client: ListedClient,
    endpointUrl: string,
    now: Date,
  ): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token.text, () => keys.find({ alg: token.algorithm, kid: keyId }), {
        algorithms: [...client.algorithms],
        typ: 'JWT',
        issuer: client.issuer,
        audience: [endpointUrl, ...client.audiences],
        requiredClaims: ['exp', 'iat', 'jti'],
        maxTokenAge: this.maximumAgeS,
        clockTolerance: this.leewayS,
        currentDate: now,
      });
      return payload;
    } catch (error) {
      const isOurs = error instanceof ClientRefusal || error instanceof KeyLookupFailure;
      throw new ClientRefusal(isOurs ? error.reason : reasonOf(error), client.issuer);
    }
  }
}

/** A memory that is full is this service's being overloaded, which its clients know by that name. */
function inOwnWords(thrown: unknown): never {
  const error = DeepHealthError.from(thrown);
  if (error.code !== 'DH_QUEUE_FULL') throw error;
  throw new DeepHealthError('DH_CDS_OVERLOADED', error.message, { retryAfterMs: error.retryAfterMs ?? 60_000 });
}

/** What the library found wrong. Its message and its cause stay behind: they hold the claims. */
function reasonOf(error: unknown): ClientRefusal['reason'] {
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature-wrong';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'algorithm-not-allowed';
  if (error instanceof errors.JWTExpired) return error.claim === 'iat' ? 'issued-too-long-ago' : 'expired';
  if (!(error instanceof errors.JWTClaimValidationFailed)) return 'token-malformed';
  if (error.claim === 'typ') return 'type-wrong';
  if (error.reason !== 'check_failed') return 'claims-malformed';
  if (error.claim === 'aud') return 'audience-wrong';
  if (error.claim === 'nbf') return 'not-yet-valid';
  return error.claim === 'iat' ? 'issued-in-the-future' : 'claims-malformed';
}
