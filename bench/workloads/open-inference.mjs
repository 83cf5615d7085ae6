import { inferenceService } from '@deephealth/proto';
import { toBuffer, valuesOf } from './float-bytes.mjs';

/** A ModelInfer request with raw contents, as tritonclient sends it. */
export function inferRequest({ model, input, shape }, values, id = '') {
  return {
    modelName: model,
    id,
    inputs: [{ name: input, datatype: 'FP32', shape }],
    rawInputContents: [toBuffer(values)],
  };
}

/** The values of the first output, raw or typed: MLServer answers with typed contents. */
export function inferredValues(response) {
  const [raw] = response.rawOutputContents;
  return raw === undefined ? response.outputs[0].contents.fp32Contents : valuesOf(raw);
}

/** One ModelInfer call an item. */
export function inferWorkload(input) {
  return {
    ...input,
    method: inferenceService().ModelInfer,
    request: (values) => inferRequest(input, values),
    read: inferredValues,
  };
}

/** ModelStreamInfer: an answer carries the id of its request, or an error text. */
export function inferStreamWorkload(input) {
  return {
    ...input,
    method: inferenceService().ModelStreamInfer,
    request: (values, itemId) => inferRequest(input, values, itemId),
    read: ({ inferResponse }) => inferredValues(inferResponse),
    stream: { idPath: [2, 3], answerPath: [2] },
  };
}
