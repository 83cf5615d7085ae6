import type { Drawing, SentFile } from '@deephealth/console';
import type { runtimeV1 } from '@deephealth/proto';
import type { ErrorCode } from '@deephealth/sdk';

/** What a reader process is asked; one question at a time. */
export type ReaderRequest =
  | {
      readonly id: number;
      readonly kind: 'read';
      readonly file: SentFile;
      readonly model: Pick<runtimeV1.ModelDescriptor__Output, 'inputs'>;
    }
  | {
      readonly id: number;
      readonly kind: 'draw';
      readonly inputs: readonly runtimeV1.NamedInput[];
      readonly response: runtimeV1.PredictResponse__Output;
    };

export type ReaderReply =
  | { readonly id: number; readonly inputs: runtimeV1.NamedInput[] }
  | { readonly id: number; readonly drawings: readonly (readonly [finding: string, drawing: Drawing])[] }
  | { readonly id: number; readonly failure: ReaderFailure };

export interface ReaderFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Readonly<Record<string, string>>;
}
