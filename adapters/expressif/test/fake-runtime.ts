import type { runtimeV1 } from '@deephealth/proto';
import { type CallSettings, DeepHealthError, type RuntimeClient } from '@deephealth/sdk';

/** What a model is made to say. */
export interface ModelAnswer {
  readonly present?: number;
  readonly abstained?: boolean;
  readonly beat?: readonly [number, number, number];
  readonly warnings?: runtimeV1.PredictResponse__Output['warnings'];
  readonly provenance?: Partial<runtimeV1.Provenance__Output>;
}

export interface FakeRuntime {
  readonly client: RuntimeClient;
  /** What it was asked, in order. */
  readonly asked: { readonly request: runtimeV1.PredictRequest; readonly settings: CallSettings | undefined }[];
}

/** A client of no runtime. @param answer what is said, or thrown, for a request */
export function fakeRuntime(
  answer: (request: runtimeV1.PredictRequest) => ModelAnswer | Promise<ModelAnswer> = () => ({}),
): FakeRuntime {
  const asked: { request: runtimeV1.PredictRequest; settings: CallSettings | undefined }[] = [];
  const unreachable = async () => {
    throw new DeepHealthError('DH_CONNECT_FAILED', 'No server answered at 10.1.2.3:8500.');
  };
  const client = {
    predict: async (request: runtimeV1.PredictRequest, settings?: CallSettings) => {
      asked.push({ request, settings });
      return toResponse(request, await answer(request));
    },
    getServerInfo: unreachable,
    listModels: unreachable,
    close: () => undefined,
  } as unknown as RuntimeClient;
  return { client, asked };
}

function toResponse(
  request: runtimeV1.PredictRequest,
  { present = 0.7, abstained = false, beat = [0.5, 0.3, 0.2], warnings = [], provenance = {} }: ModelAnswer,
): runtimeV1.PredictResponse__Output {
  const classification = (classes: readonly (readonly [string, number])[]) => ({
    mode: 'CLASSIFICATION_MODE_MULTICLASS',
    classes: classes.map(([label, probability]) => ({ label, codes: [], probability })),
    decision: [],
    abstained,
  });
  return {
    requestId: request.requestId ?? '',
    findings: [
      {
        name: 'disease',
        codes: [],
        classification: classification([
          ['absent', 1 - present],
          ['present', present],
        ]),
      },
      {
        name: 'beat',
        codes: [],
        classification: classification([
          ['N', beat[0]],
          ['V', beat[1]],
          ['S', beat[2]],
        ]),
      },
    ],
    provenance: {
      ...{ modelName: request.modelName, modelVersion: request.modelVersion },
      ...{ packageSha256: request.expectedPackageSha256, onnxSha256: 'a'.repeat(64), inputSha256: 'b'.repeat(64) },
      ...provenance,
    },
    warnings,
  } as unknown as runtimeV1.PredictResponse__Output;
}
