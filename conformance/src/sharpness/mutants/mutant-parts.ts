import type { runtimeV1 } from '@deephealth/proto';
import type { ErrorCode } from '@deephealth/sdk';
import { DeepHealthError } from '@deephealth/sdk';
import type { ReferenceRuntime } from '../../reference/reference-runtime.js';
import type { ServedModel } from '../../reference/served-model.js';
import type { Runtime } from './mutant.js';

type Finding = runtimeV1.Finding;

/** Findings of every answer, changed. */
export const findings =
  (change: (finding: Finding) => Finding) =>
  (Reference: Runtime): Runtime =>
    class extends Reference {
      override finding(...given: Parameters<ReferenceRuntime['finding']>) {
        return change(super.finding(...given));
      }
    };

/** Classifications, changed. */
export const classifications = (change: (classification: runtimeV1.Classification) => runtimeV1.Classification) =>
  findings((finding) =>
    finding.classification ? { ...finding, classification: change(finding.classification) } : finding,
  );

/** Masks, changed. */
export const masks = (change: (mask: runtimeV1.Mask) => runtimeV1.Mask) =>
  findings((finding) => (finding.mask ? { ...finding, mask: change(finding.mask) } : finding));

/** Values of regressions, changed. */
export const measures = (change: (value: runtimeV1.RegressionValue) => runtimeV1.RegressionValue) =>
  findings((finding) =>
    finding.regression
      ? { ...finding, regression: { values: (finding.regression.values ?? []).map(change) } }
      : finding,
  );

/** Descriptions of models, changed. */
export const described =
  (change: (descriptor: runtimeV1.ModelDescriptor) => runtimeV1.ModelDescriptor) =>
  (Reference: Runtime): Runtime =>
    class extends Reference {
      override descriptor(served: ServedModel) {
        return change(super.descriptor(served));
      }
    };

/** Warnings of a kind left out, of inputs and outputs alike. */
export const unwarned =
  (kind: string) =>
  (Reference: Runtime): Runtime =>
    class extends Reference {
      override inputWarnings(...given: Parameters<ReferenceRuntime['inputWarnings']>) {
        return super.inputWarnings(...given).filter((warning) => warning.kind !== kind);
      }
      override outputWarnings(...given: Parameters<ReferenceRuntime['outputWarnings']>) {
        return super.outputWarnings(...given).filter((warning) => warning.kind !== kind);
      }
    };

/** Inputs as they were received, changed before anything looks at them. */
export const received =
  (change: (input: runtimeV1.NamedInput__Output) => runtimeV1.NamedInput__Output) =>
  (Reference: Runtime): Runtime =>
    class extends Reference {
      override predict(...[request, context]: Parameters<ReferenceRuntime['predict']>) {
        return super.predict({ ...request, inputs: request.inputs.map(change) }, context);
      }
    };

/** Values of tables, changed before anything looks at them. */
export const tableValues = (change: (values: runtimeV1.TableValue__Output[]) => runtimeV1.TableValue__Output[]) =>
  received((input) => (input.table ? { ...input, table: { values: change(input.table.values) } } : input));

/** Signals, changed before anything looks at them. */
export const signals = (change: (signal: runtimeV1.Signal__Output) => runtimeV1.Signal__Output) =>
  received((input) => (input.signal ? { ...input, signal: change(input.signal) } : input));

/** Refusals of a kind that say something else. */
export const retold =
  (code: ErrorCode, change: (error: DeepHealthError) => { message?: string; details?: Record<string, string> }) =>
  (Reference: Runtime): Runtime =>
    class extends Reference {
      override failure(thrown: unknown) {
        const error = DeepHealthError.from(thrown);
        if (error.code !== code) return super.failure(error);
        const { message = error.message, details = { ...error.details } } = change(error);
        return super.failure(new DeepHealthError(code, message, { details }));
      }
    };
