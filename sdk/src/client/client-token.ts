import {
  type ChannelCredentials,
  type ClientOptions,
  InterceptingCall,
  type Interceptor,
  Metadata,
} from '@grpc/grpc-js';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { isLoopback } from '../http/listening-place.js';

/** A key or token as it is now; a function where it has to be renewed. */
export type ClientToken = string | (() => string);

/** What a client needs to know to send its token to nobody else. */
export interface TokenUse {
  /** "host:port" or "unix:/path". */
  readonly address: string;
  readonly credentials?: ChannelCredentials;
  readonly token?: ClientToken;
}

/**
 * Channel options that send a token as "authorization: Bearer ..." with every call. Throws DH_CONFIG_INVALID where it
 * would travel in plain text to another machine.
 */
export function tokenOptions({ address, credentials, token }: TokenUse): Pick<ClientOptions, 'interceptors'> {
  if (token === undefined) return {};
  const isEncrypted = credentials?._isSecure() === true;
  if (!isEncrypted && !staysHere(address)) {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      'A token is sent over TLS, or to a server on loopback. Give the credentials of TLS, too.',
      { details: { field: 'credentials' } },
    );
  }
  return { interceptors: [withToken(token)] };
}

/**
 * Metadata of a call that is made with another token than its client's, for a program that calls for several people
 * over one connection. To be sent over TLS, or to a server on this machine.
 */
export function tokenMetadata(token: string): Metadata {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}

function staysHere(address: string): boolean {
  if (address.startsWith('unix:')) return true;
  const host = address.replace(/^(?:dns|ipv4|ipv6):(?:\/\/\/)?/, '').replace(/:\d+$/, '');
  return isLoopback(host.replace(/^\[|\]$/g, ''));
}

function withToken(token: ClientToken): Interceptor {
  return (options, nextCall) =>
    new InterceptingCall(nextCall(options), {
      start(metadata, listener, next) {
        // What a call states itself goes before.
        if (metadata.get('authorization').length === 0) {
          metadata.set('authorization', `Bearer ${typeof token === 'string' ? token : token()}`);
        }
        next(metadata, listener);
      },
    });
}
