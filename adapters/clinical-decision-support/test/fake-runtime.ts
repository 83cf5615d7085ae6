import type { runtimeV1 } from '@deephealth/proto';
import { type CallSettings, DeepHealthError, type RuntimeClient } from '@deephealth/sdk';

type Predict = (
  request: runtimeV1.PredictRequest,
  settings: CallSettings | undefined,
) => Promise<runtimeV1.PredictResponse__Output>;

/** A client of no runtime, for what must not depend on one, or must hold whatever one does. */
export function fakeRuntime(
  predict: Predict = async () => {
    throw new DeepHealthError('DH_CONNECT_FAILED', 'No server answered.');
  },
  more: Partial<RuntimeClient> = {},
): RuntimeClient {
  const unreachable = async () => {
    throw new DeepHealthError('DH_CONNECT_FAILED', 'No server answered.');
  };
  return {
    predict,
    getServerInfo: unreachable,
    listModels: unreachable,
    close: () => undefined,
    ...more,
  } as unknown as RuntimeClient;
}

/** What a sound runtime would answer for the sample model. */
export function soundAnswer(
  request: runtimeV1.PredictRequest,
  probability: number,
  changes: {
    readonly finding?: Partial<runtimeV1.Finding__Output>;
    readonly classification?: Partial<runtimeV1.Classification__Output>;
    readonly provenance?: Partial<runtimeV1.Provenance__Output>;
    readonly response?: Partial<runtimeV1.PredictResponse__Output>;
  } = {},
): runtimeV1.PredictResponse__Output {
  const classification = {
    mode: 'CLASSIFICATION_MODE_BINARY',
    classes: [
      { label: 'no-significant-narrowing', codes: [], probability: 1 - probability },
      { label: 'significant-narrowing', codes: [], probability, threshold: 0.4 },
    ],
    decision: [probability >= 0.4 ? 'significant-narrowing' : 'no-significant-narrowing'],
    abstained: false,
    ...changes.classification,
  };
  return {
    requestId: request.requestId ?? '',
    findings: [
      {
        name: 'heart_disease',
        codes: [],
        classification,
        highlight: null,
        value: 'classification',
        ...changes.finding,
      },
    ],
    provenance: {
      modelName: request.modelName,
      modelVersion: request.modelVersion,
      packageSha256: request.expectedPackageSha256,
      onnxSha256: 'a'.repeat(64),
      runtime: 'fake/1',
      engine: 'none',
      executionProvider: 'cpu',
      batchSize: 1,
      timings: null,
      completedAt: null,
      contractVersion: '1.0',
      inputSha256: 'b'.repeat(64),
      steps: [],
      sequenceId: '',
      sequencePosition: '0',
      calibrations: [],
      ...changes.provenance,
    },
    warnings: [],
    ...changes.response,
  } as runtimeV1.PredictResponse__Output;
}
