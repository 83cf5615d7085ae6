import type { LooseJson } from '../cds/loose-json.js';
import type { PlatformCoding, PlatformFinding, PlatformPart, PlatformValue } from './platform-simulator.js';

export interface CdsCardAnswer {
  readonly status: number;
  /** It says when to come again. */
  readonly isLater: boolean;
  readonly body: string;
}

/** What a card holds for programs, in the terms of every platform; docs/conformance/adapter.md. */
export function fromCards(request: string, { body }: CdsCardAnswer): PlatformPart {
  const cards: LooseJson[] = parsed(body)?.cards ?? [];
  const extensions = cards.map(({ extension }) => extension ?? {});
  const provenance = extensions.map((one) => one['eu.deephealth.provenance']).find((one) => one !== undefined) ?? {};
  const { requestId = '', modelName = '', modelVersion = '', packageSha256 = '', warnings = [] } = provenance;
  return {
    request,
    requestId,
    findings: extensions.flatMap((one) => {
      const finding = one['eu.deephealth.finding'];
      return finding === undefined ? [] : [findingOf(finding)];
    }),
    warnings: warnings.map(({ kind, field = '', message = '' }: LooseJson) => ({
      kind: `WARNING_KIND_${kind}`,
      field,
      message,
    })),
    provenance: { modelName, modelVersion, packageSha256 },
  };
}

/** A refusal with an OperationOutcome whose coding names the error. */
export function fromRefusal(request: string, { status, isLater, body }: CdsCardAnswer): PlatformPart {
  const [issue] = parsed(body)?.issue ?? [];
  const [coding] = issue?.details?.coding ?? [];
  const reason: string = coding?.code ?? `HTTP_${status}`;
  const message: string = issue?.diagnostics ?? issue?.details?.text ?? '';
  const error = { reason: reason.replace(/^DH_/, ''), message, retryable: isLater };
  return { request, requestId: '', findings: [], warnings: [], error };
}

/** Nothing in a card is empty: what is not there is filled in here. */
function findingOf(finding: LooseJson): PlatformFinding {
  const { output: name = '', codes, classes = [], decision = [], isAbstained = false } = finding;
  return {
    name,
    kind: 'classification',
    codes: codesOf(codes),
    values: classes.map(
      (one: LooseJson): PlatformValue => ({
        label: one.label,
        codes: codesOf(one.codes),
        value: one.probability,
        unit: '',
      }),
    ),
    decision,
    isAbstained,
  };
}

const codesOf = (codes: LooseJson[] = []): PlatformCoding[] => codes.map(({ system, code }) => ({ system, code }));

function parsed(body: string): LooseJson {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
