import { ClientRefusal, unauthenticated } from './client-refusal.js';
import { isLoopback } from './peer.js';
import type { ClientTrust } from './trusted-client.js';

/**
 * Anyone on this machine is trusted, for trying things out. Neither the address that the service is known by nor
 * that of the caller may be outside.
 */
export function createOpenTrust(): ClientTrust {
  return {
    isOpen: true,
    async verify(_authorization, endpointUrl, _now, peer) {
      const isInside = isLoopback(new URL(endpointUrl).hostname);
      // An address is missing where a program of this machine calls the adapter without a socket.
      if (!isInside || (peer?.address !== undefined && !isLoopback(peer.address))) {
        throw unauthenticated(new ClientRefusal('not-from-this-machine'));
      }
      return { issuer: 'anyone', by: 'nothing' };
    },
    async close() {},
  };
}
