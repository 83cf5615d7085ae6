import type { runtimeV1 } from '@deephealth/proto';
import type { ItemResult } from '../steps/run-folder.js';

/** A finding as toItemFindings writes it, as far as reports read it. */
export interface FindingDocument {
  readonly name: string;
  readonly classification?: {
    readonly mode: string;
    readonly classes: readonly {
      readonly label: string;
      readonly probability: number | string;
      readonly threshold?: number;
    }[];
    readonly decision: readonly string[];
    readonly abstained: boolean;
  };
  readonly regression?: {
    readonly values: readonly {
      readonly label: string;
      readonly value: number | string;
      readonly unit: string;
      readonly lower?: number | string;
      readonly upper?: number | string;
    }[];
  };
  readonly mask?: {
    readonly labels: TensorDocument;
    readonly grid: runtimeV1.Grid__Output;
    readonly isMultilabel: boolean;
    readonly classes: readonly {
      readonly label: string;
      readonly value: number;
      readonly extent?: { readonly value: number; readonly unit: string };
    }[];
  };
  readonly map?: { readonly values: TensorDocument };
  readonly highlight?: { readonly values: TensorDocument };
  readonly tensor?: TensorDocument;
  readonly events?: { readonly items: readonly { readonly label: string }[] };
  readonly detections?: { readonly items: readonly { readonly label: string }[] };
  readonly text?: { readonly text: string };
}

export interface TensorDocument {
  readonly file: string;
  readonly dataType: string;
  readonly shape: readonly number[];
}

/** Findings of an item; what another step wrote in a form of its own is passed over. */
export function findingsOf({ findings }: ItemResult): FindingDocument[] {
  return findings.filter(
    (one): one is FindingDocument =>
      typeof one === 'object' && one !== null && typeof Reflect.get(one, 'name') === 'string',
  );
}

/** A number of a finding; undefined for those that JSON cannot hold. */
export function finite(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
