import type { Face, InferSpec } from '../oip/oip-step.js';
import { checkAnswer, infer } from '../oip/run-oip-step.js';
import { TargetFailure } from '../run/case-result.js';
import { TIMEOUTS_MS } from '../run/timeouts.js';
import type { Probe } from './probe.js';

const REQUESTS = 24;

/** Many requests at once, each with an id and values of its own, which it gets back. `with: {over: grpc}`. */
export const oipTogether: Probe = async (context) => {
  const { oip, timeScale = 1 } = context;
  if (oip === undefined) throw new RangeError('the target is not one of profile oip');
  const over = context.with.over as Face;
  const asked = { ...context, oip, deadlineMs: TIMEOUTS_MS.call * timeScale };
  await Promise.all(
    Array.from({ length: REQUESTS }, async (_, index) => {
      const seed = index + 1;
      const spec: InferSpec = {
        over,
        model: 'conformance-matmul',
        contents: 'typed',
        id: `together-${seed}`,
        inputs: { a: `noise${seed}-2x4.fp32`, b: `noise${seed + REQUESTS}-4x4.fp32` },
      };
      const { prepared, heard } = await infer(spec, asked);
      if (!heard.isOk)
        throw new TargetFailure(`request ${seed} of ${REQUESTS} at once: ${heard.status} ${heard.message}`);
      checkAnswer(prepared, heard, { echoes: ['id'] }, asked);
    }),
  );
  return [`${REQUESTS} requests at once, each with its own id and values`];
};
