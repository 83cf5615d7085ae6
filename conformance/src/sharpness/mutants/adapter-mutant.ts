import type { runtimeV1 } from '@deephealth/proto';
import type { ReferenceAdapter } from '../../reference/adapter/reference-adapter.js';
import type { PlatformFinding, PlatformPart, PlatformValue } from '../../simulators/platform-simulator.js';
import { decodeMessage, encodeMessage } from '../../targets/channel-call.js';

export type Adapter = typeof ReferenceAdapter;

/** The reference adapter with one behaviour changed: what an adapter may get wrong, and a case must find. */
export interface AdapterMutant {
  /** `M-ADP-<NN>`; cases name the mutants that they kill. */
  readonly id: string;
  readonly title: string;
  readonly of: (Reference: Adapter) => Adapter;
}

/** What the platform gets of each request, changed. */
export const changesPart =
  (change: (part: PlatformPart) => PlatformPart) =>
  (Reference: Adapter): Adapter =>
    class extends Reference {
      override async ask(...args: Parameters<ReferenceAdapter['ask']>) {
        return change(await super.ask(...args));
      }
    };

export const keepsFinding = (change: (finding: PlatformFinding) => PlatformFinding) =>
  changesPart((part) => ({ ...part, findings: part.findings.map(change) }));

export const keepsValue = (change: (value: PlatformValue) => PlatformValue) =>
  keepsFinding((finding) => ({ ...finding, values: finding.values.map(change) }));

/** Requests of Predict over the contract, changed. */
export const sendsContract =
  (change: (request: runtimeV1.PredictRequest__Output) => object) =>
  (Reference: Adapter): Adapter =>
    class extends Reference {
      override forwardedRequest(method: string, bytes: Buffer) {
        const sent = super.forwardedRequest(method, bytes);
        if (method !== 'Predict') return sent;
        return encodeMessage(method, 'request', change(decodeMessage(method, 'request', sent)));
      }
    };

/** Answers over the contract, changed; of Predict unless another method is given. */
export const answersContract =
  <Response extends object = runtimeV1.PredictResponse__Output>(
    change: (response: Response) => object,
    changed = 'Predict',
  ) =>
  (Reference: Adapter): Adapter =>
    class extends Reference {
      override forwardedResponse(method: string, bytes: Buffer) {
        const received = super.forwardedResponse(method, bytes);
        if (method !== changed) return received;
        return encodeMessage(method, 'response', change(decodeMessage(method, 'response', received)));
      }
    };
