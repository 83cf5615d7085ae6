import { type ChannelOptions, Client, credentials as grpcCredentials, Metadata } from '@grpc/grpc-js';
import { type Outcome, outcomeOf } from '../targets/target-client.js';
import type { ProbeContext } from './probe.js';

/** A channel of a probe's own, for bytes that no client of the contract would send. */
export interface RawChannel {
  /** A unary call; the answer of a success is its bytes. Never rejects. */
  call(path: string, message: Buffer, deadlineMs: number): Promise<Outcome>;
}

/** Opens a channel, and closes it whatever becomes of `use`. */
export async function withChannel<T>(
  { target }: Pick<ProbeContext, 'target'>,
  options: ChannelOptions,
  use: (channel: RawChannel) => Promise<T>,
): Promise<T> {
  const client = new Client(target.address, target.credentials ?? grpcCredentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_channelz': 0,
    'grpc.enable_http_proxy': 0,
    'grpc.enable_retries': 0,
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    ...options,
  });
  const same = (bytes: Buffer) => bytes;
  try {
    return await use({
      call: (path, message, deadlineMs) =>
        new Promise((resolve) => {
          const settings = { deadline: Date.now() + deadlineMs };
          client.makeUnaryRequest(path, same, same, message, new Metadata(), settings, (error, response) => {
            if (error !== null) resolve(outcomeOf(error));
            else resolve({ status: 'OK', message: '', reason: '', domain: '', metadata: {}, response });
          });
        }),
    });
  } finally {
    client.close();
  }
}
