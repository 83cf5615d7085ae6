import { DeepHealthError } from '@deephealth/sdk';
import { drawFindings } from './draw-findings.js';
import { readSentFile } from './read-sent-file.js';
import type { ReaderReply, ReaderRequest } from './reader-messages.js';

// Of a file that somebody sent, and of what was found in it: in a process of its own, which is ended when it takes too
// long, and whose end is nobody else's.

process.on('message', (request: ReaderRequest) => {
  answer(request)
    .catch((thrown: unknown): ReaderReply => {
      const { code, message, details } = DeepHealthError.from(thrown);
      return { id: request.id, failure: { code, message, details } };
    })
    .then((reply) => process.send?.(reply));
});
// Whoever asked is gone.
process.on('disconnect', () => process.exit());

async function answer(request: ReaderRequest): Promise<ReaderReply> {
  const { id } = request;
  if (request.kind === 'read') return { id, inputs: await readSentFile(request.file, request.model) };
  return { id, drawings: [...(await drawFindings(request.inputs, request.response))] };
}
