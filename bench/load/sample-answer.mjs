import { WORKLOADS } from '../workloads/index.mjs';
import { connections } from './connections.mjs';
import { asBytes, encodedRequests } from './requests.mjs';

const LIMIT_MS = 30_000;

/** One answer of a server as it came, for the echo to repeat. Of a stream, the first answer to an item. */
export async function sampleAnswer({ address, workload }) {
  const { method, stream } = WORKLOADS[workload];
  const [client] = await connections(address, 1);
  const [[request]] = encodedRequests(workload);
  const settings = { deadline: Date.now() + LIMIT_MS };
  return new Promise((resolve, reject) => {
    if (stream === undefined) {
      const onAnswer = (error, bytes) => (error ? reject(error) : resolve(bytes));
      client.makeUnaryRequest(method.path, asBytes, asBytes, request, settings, onAnswer);
      return;
    }
    const call = client.makeBidiStreamRequest(method.path, asBytes, asBytes, settings);
    let answer;
    call.on('data', (bytes) => {
      answer = bytes;
    });
    call.on('error', reject);
    call.on('status', ({ code }) => {
      if (code === 0) resolve(answer);
    });
    call.write(request);
    call.end();
  });
}
