import { isIP } from 'node:net';
import { DeepHealthError } from '../errors/deephealth-error.js';

/** Whether what listens at a host is reached from this machine alone. Names other than `localhost` are not looked up. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** A host and a port as addresses write them: `127.0.0.1:80`, `[::1]:80`. */
export function hostAndPort(host: string, port: number): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/**
 * Why a server could not listen: DH_PORT_IN_USE, else DH_CONFIG_INVALID.
 *
 * @param server as in "The viewer"
 */
export function listenFailure(server: string, port: number, cause: NodeJS.ErrnoException): DeepHealthError {
  if (cause.code !== 'EADDRINUSE') {
    return new DeepHealthError('DH_CONFIG_INVALID', `${server} cannot listen at this address.`, { cause });
  }
  return new DeepHealthError('DH_PORT_IN_USE', `Port ${port} is in use. Name another one, or 0 for a free one.`, {
    cause,
  });
}
