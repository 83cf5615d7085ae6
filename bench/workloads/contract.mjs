import { modelRuntimeService } from '@deephealth/proto';
import { pictureFile, seededPicture } from '../models/seeded-picture.mjs';
import { toBuffer, valuesOf } from './float-bytes.mjs';

function predictRequest({ model, input, shape, priority }, values) {
  const tensor = { dataType: 'DATA_TYPE_FP32', shape, data: toBuffer(values) };
  return { modelName: model, inputs: [{ name: input, tensor }], ...(priority === undefined ? {} : { priority }) };
}

/** A binary classification as the probability of its positive class, or the values of a tensor. */
function predictedValues({ findings: [finding] }) {
  const { classification, tensor } = finding;
  return classification ? [classification.classes[1].probability] : valuesOf(tensor.data);
}

/** One Predict call an item. */
export function predictWorkload(input) {
  return {
    ...input,
    method: modelRuntimeService().Predict,
    request: (values) => predictRequest(input, values),
    read: predictedValues,
  };
}

/** One Predict call an item, whose input is a picture as a file. */
export function predictPictureWorkload(input) {
  const { model, input: name, shape } = input;
  return {
    ...predictWorkload(input),
    values: seededPicture,
    request: (values) => ({
      modelName: model,
      inputs: [{ name, image: { data: pictureFile(shape, values), mediaType: 'image/png' } }],
    }),
  };
}

/** PredictStream: the first message says that the server is ready, each further one answers an item. */
export function predictStreamWorkload(input) {
  return {
    ...input,
    method: modelRuntimeService().PredictStream,
    request: (values, itemId) => ({ itemId, request: predictRequest(input, values) }),
    read: ({ result }) => predictedValues(result.response),
    stream: { idPath: [2, 1], answerPath: [2, 2], readyPath: [1] },
  };
}
