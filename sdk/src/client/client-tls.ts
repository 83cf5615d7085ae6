import { checkServerIdentity } from 'node:tls';
import { type ChannelCredentials, credentials } from '@grpc/grpc-js';
import { DeepHealthError } from '../errors/deephealth-error.js';

/** TLS of a client; PEM. */
export interface ClientTlsOptions {
  /** Authority that the server's certificate must be of. */
  readonly ca: Buffer;
  /** The client's own certificate, for a server that asks for one, and its key. */
  readonly certificate?: Buffer;
  readonly key?: Buffer;
  /** Name in the server's certificate, if it is not the host of the address. */
  readonly name?: string;
}

/**
 * Credentials for the clients of this package.
 *
 * @throws DH_CONFIG_INVALID for what is no PEM
 */
export function createClientTls({ ca, certificate, key, name }: ClientTlsOptions): ChannelCredentials {
  try {
    return credentials.createSsl(ca, key ?? null, certificate ?? null, {
      ...(name !== undefined && { checkServerIdentity: (_, shown) => checkServerIdentity(name, shown) }),
    });
  } catch (cause) {
    throw new DeepHealthError('DH_CONFIG_INVALID', 'Authority, certificate and key of TLS are not all PEM.', { cause });
  }
}
