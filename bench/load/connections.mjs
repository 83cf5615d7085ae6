import { Client, credentials } from '@grpc/grpc-js';
import { connectWire } from './wire-client.mjs';

const CONNECT_LIMIT_MS = 10_000;
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
const pools = new Map();

/**
 * `count` open connections to an address, each with its own socket; kept for later jobs.
 *
 * @param {string} address
 * @param {number} count
 * @param {'grpc-js' | 'wire'} [client]
 */
export function connections(address, count, client = 'grpc-js') {
  const key = `${client} ${address} ${count}`;
  const open = client === 'wire' ? connectWire : connectGrpcJs;
  if (!pools.has(key)) pools.set(key, Promise.all(Array.from({ length: count }, () => open(address))));
  return pools.get(key);
}

async function connectGrpcJs(address) {
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.enable_channelz': 0,
    // Clients to one address would share a connection otherwise.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_http_proxy': 0,
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
  });
  await new Promise((resolve, reject) => {
    client.waitForReady(Date.now() + CONNECT_LIMIT_MS, (error) => (error ? reject(error) : resolve()));
  });
  return client;
}
