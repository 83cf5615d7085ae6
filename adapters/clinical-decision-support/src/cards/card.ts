import type { Coding, FhirResource } from 'fhir/r4.js';

/** A card of CDS Hooks 2.0.1. */
export interface Card {
  readonly uuid: string;
  readonly summary: string;
  readonly indicator: 'info' | 'warning' | 'critical';
  readonly source: { readonly label: string; readonly url: string; readonly topic: Coding };
  readonly detail: string;
  readonly suggestions?: readonly Suggestion[];
  readonly selectionBehavior?: 'at-most-one' | 'any';
  readonly overrideReasons?: readonly Coding[];
  readonly links?: readonly Link[];
  readonly extension: Readonly<Record<string, object>>;
}

export interface Suggestion {
  readonly label: string;
  readonly uuid: string;
  readonly isRecommended?: boolean;
  readonly actions: readonly {
    readonly type: 'create';
    readonly description: string;
    readonly resource: FhirResource;
  }[];
}

export interface Link {
  readonly label: string;
  readonly url: string;
  readonly type: 'absolute' | 'smart';
  readonly appContext?: string;
}
