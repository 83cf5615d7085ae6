// The baseline: a bare grpc-js server that answers at once with a message it was given before, with
// the contract's own definition and the server settings of the runtime.
import { inferenceService, modelRuntimeService } from '@deephealth/proto';
import { DEFAULT_MAX_MESSAGE_BYTES, openHttp2Windows } from '@deephealth/sdk';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { answerCalls } from '../processes/answer-calls.mjs';
import { WORKLOADS } from '../workloads/index.mjs';

/** What is answered, by the path of the method. */
const answers = new Map();

openHttp2Windows();
const server = new Server({
  'grpc.max_receive_message_length': DEFAULT_MAX_MESSAGE_BYTES,
  'grpc.max_send_message_length': DEFAULT_MAX_MESSAGE_BYTES,
  'grpc-node.max_session_memory': 256,
  'grpc.enable_channelz': 0,
});

const echoUnary = (path) => (_call, callback) => callback(null, answers.get(path));

/** Answers each message of a stream with what `respond` makes of it. */
const echoStream = (respond, first) => (call) => {
  if (first !== undefined) call.write(first);
  call.on('data', (message) => call.write(respond(message)));
  call.on('end', () => call.end());
  call.on('error', () => undefined);
};

const inference = inferenceService();
const runtime = modelRuntimeService();
server.addService(inference, {
  ModelInfer: echoUnary(inference.ModelInfer.path),
  ModelStreamInfer: echoStream(({ id }) => ({
    inferResponse: { ...answers.get(inference.ModelStreamInfer.path).inferResponse, id },
  })),
});
server.addService(runtime, {
  Predict: echoUnary(runtime.Predict.path),
  PredictStream: echoStream(
    ({ itemId }) => ({
      result: { itemId, response: answers.get(runtime.PredictStream.path).result.response },
    }),
    { ready: { maxInFlight: 64 } },
  ),
});

/** A decoded message without the fields that only say "not set", as a server would write it down. */
function withoutDefaults(value) {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  const isSet = (field) =>
    field !== null && field !== '' && field !== 0 && field !== '0' && field !== false && field?.length !== 0;
  const kept = Object.entries(value).filter(([, field]) => isSet(field));
  return Object.fromEntries(kept.map(([name, field]) => [name, withoutDefaults(field)]));
}

answerCalls({
  listen: () =>
    new Promise((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) resolve(`127.0.0.1:${port}`);
        else reject(error);
      });
    }),

  /** From now on, the method of the workload is answered with this message (bytes). */
  answerWith({ workload, response }) {
    const { path, responseDeserialize } = WORKLOADS[workload].method;
    answers.set(path, withoutDefaults(responseDeserialize(Buffer.from(response))));
  },
});
