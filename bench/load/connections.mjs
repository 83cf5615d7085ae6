import { Client, credentials, InterceptingCall } from '@grpc/grpc-js';
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
 * @param {{ ca?: string, token?: string }} [secure] the server's authority (PEM), for TLS, and a key or token; of grpc-js alone
 */
export function connections(address, count, client = 'grpc-js', secure = {}) {
  const key = `${client} ${address} ${count}`;
  const open = client === 'wire' ? connectWire : (to) => connectGrpcJs(to, secure);
  if (!pools.has(key)) pools.set(key, Promise.all(Array.from({ length: count }, () => open(address))));
  return pools.get(key);
}

async function connectGrpcJs(address, { ca, token }) {
  const channel = ca === undefined ? credentials.createInsecure() : credentials.createSsl(Buffer.from(ca));
  const client = new Client(address, channel, {
    ...(ca !== undefined && { 'grpc.ssl_target_name_override': 'localhost' }),
    ...(token !== undefined && { interceptors: [sending(token)] }),
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

const sending = (token) => (options, nextCall) =>
  new InterceptingCall(nextCall(options), {
    start(metadata, listener, next) {
      metadata.set('authorization', `Bearer ${token}`);
      next(metadata, listener);
    },
  });
