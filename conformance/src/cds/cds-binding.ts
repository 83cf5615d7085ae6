/** `bindings/cds-hooks.json` of the suite's own packages, as far as the suite uses it; docs/conformance/adapter.md. */
export interface CdsBinding {
  readonly schemaVersion: 1;
  readonly services: readonly CdsService[];
}

export interface CdsCode {
  readonly system: string;
  readonly code: string;
  readonly display?: string;
}

export interface CdsService {
  readonly id: string;
  readonly hook: string;
  readonly title: string;
  readonly description: string;
  readonly usageRequirements?: string;
  /** Asked and never shown. */
  readonly isShadow?: boolean;
  readonly input: string;
  readonly output: string;
  readonly prefetch: Readonly<Record<string, { readonly query: string; readonly isRequired?: boolean }>>;
  /** By column of the table. */
  readonly features: Readonly<Record<string, CdsFeature>>;
  readonly cards: {
    readonly topic: CdsCode;
    readonly rules: readonly CdsRule[];
    readonly overrideReasons: readonly CdsCode[];
  };
}

export interface CdsFeature {
  /** Prefetch key. */
  readonly from: string;
  readonly codes?: readonly CdsCode[];
  readonly fhirPath?: string;
  readonly isAge?: boolean;
  readonly unit?: string;
  /** In g/mol. */
  readonly molarMass?: number;
  readonly maximumAgeDays?: number;
  readonly range?: readonly [number, number];
  /** By `system|code`, or by the code alone where FHIR has no system. */
  readonly categories?: Readonly<Record<string, string>>;
  readonly missing: 'refuse' | 'unknown' | 'abstain';
}

export interface CdsRule {
  /** Label of the class whose probability counts. */
  readonly of: string;
  readonly atLeast?: number;
  readonly below?: number;
  readonly indicator: 'info' | 'warning' | 'critical';
  readonly summary: { readonly en: string };
  readonly detail?: { readonly en: string };
  readonly suggestions?: readonly {
    readonly label: { readonly en: string };
    readonly isRecommended?: boolean;
    readonly creates: readonly {
      readonly description: { readonly en: string };
      readonly resource: Readonly<Record<string, unknown>>;
    }[];
  }[];
  readonly links?: readonly {
    readonly label: { readonly en: string };
    readonly url: string;
    readonly type: 'absolute';
  }[];
  readonly approval?: { readonly by: string; readonly role: string; readonly date: string };
}
