// A FHIR R4 server's read, search and create, in memory: as much as prefetch templates ask for.
import type { Bundle, FhirResource, OperationOutcome } from 'fhir/r4.js';

export interface FhirAnswer {
  readonly status: number;
  readonly body: FhirResource;
}

const PAGE_SIZE = 50;

type Parameter = (resource: FhirResource, value: string) => boolean;

/** What can be searched by. Anything else is an error, not passed over: the caller would get too much. */
const PARAMETERS: Readonly<Record<string, Parameter>> = {
  _id: (resource, value) => value.split(',').includes(resource.id ?? ''),
  patient: (resource, value) =>
    isReferenceTo(resource, ['subject', 'patient'], `Patient/${value.replace(/^Patient\//, '')}`),
  subject: (resource, value) => isReferenceTo(resource, ['subject'], value),
  encounter: (resource, value) =>
    isReferenceTo(resource, ['encounter'], `Encounter/${value.replace(/^Encounter\//, '')}`),
  code: (resource, value) => hasToken((resource as { code?: Concept }).code, value),
  category: (resource, value) =>
    ((resource as { category?: Concept[] }).category ?? []).some((concept) => hasToken(concept, value)),
  status: (resource, value) => value.split(',').includes((resource as { status?: string }).status ?? ''),
};

interface Concept {
  readonly coding?: readonly { readonly system?: string; readonly code?: string }[];
}

export class FhirStore {
  private readonly resources = new Map<string, FhirResource>();
  private created = 0;

  /** Bundles with absolute references (`urn:uuid:…`) are made relative, as a server does. */
  load({ entry = [] }: Bundle): void {
    const names = new Map(
      entry.flatMap(({ fullUrl, resource }) =>
        fullUrl === undefined || resource === undefined
          ? []
          : [[fullUrl, `${resource.resourceType}/${resource.id}`] as const],
      ),
    );
    for (const { resource } of entry) {
      if (resource === undefined) continue;
      const text = JSON.stringify(resource, (key, value) =>
        key === 'reference' ? (names.get(value) ?? value) : value,
      );
      this.put(JSON.parse(text) as FhirResource);
    }
  }

  ofType(type: string): FhirResource[] {
    return [...this.resources.values()].filter(({ resourceType }) => resourceType === type);
  }

  create(resource: FhirResource): FhirAnswer {
    this.created += 1;
    const stored = { ...resource, id: `created-${this.created}` };
    this.put(stored);
    return { status: 201, body: stored };
  }

  /** `path` relative to the base, with its query: "Patient/1" or "Observation?patient=1". `base` is for links. */
  get(path: string, base: string): FhirAnswer {
    const [target = '', query = ''] = path.split('?', 2);
    const [type = '', id] = target.split('/');
    if (id !== undefined) {
      const resource = this.resources.get(`${type}/${id}`);
      return resource === undefined
        ? outcome(404, 'not-found', 'There is no such resource.')
        : { status: 200, body: resource };
    }
    return this.search(type, new URLSearchParams(query), base);
  }

  private search(type: string, query: URLSearchParams, base: string): FhirAnswer {
    let found = this.ofType(type);
    const count = Math.min(Number(query.get('_count') ?? PAGE_SIZE), PAGE_SIZE);
    const offset = Number(query.get('_offset') ?? 0);
    for (const [name, value] of query) {
      if (['_count', '_offset', '_sort'].includes(name)) continue;
      const parameter = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
      if (parameter === undefined)
        return outcome(400, 'not-supported', `The search parameter ${name} is not supported.`);
      found = found.filter((resource) => parameter(resource, value));
    }
    const sort = query.get('_sort');
    if (sort === '-date') found.sort((left, right) => dateOf(right).localeCompare(dateOf(left)));
    else if (sort === 'date') found.sort((left, right) => dateOf(left).localeCompare(dateOf(right)));
    else if (sort !== null) return outcome(400, 'not-supported', 'Only _sort=date and _sort=-date are supported.');
    const page = found.slice(offset, offset + count);
    const next = new URLSearchParams(query);
    next.set('_offset', String(offset + count));
    return {
      status: 200,
      body: {
        resourceType: 'Bundle',
        type: 'searchset',
        total: found.length,
        ...(offset + count < found.length ? { link: [{ relation: 'next', url: `${base}/${type}?${next}` }] } : {}),
        ...(page.length === 0
          ? {}
          : {
              entry: page.map((resource) => ({
                fullUrl: `${base}/${resource.resourceType}/${resource.id}`,
                resource,
                search: { mode: 'match' as const },
              })),
            }),
      },
    };
  }

  private put(resource: FhirResource): void {
    this.resources.set(`${resource.resourceType}/${resource.id}`, resource);
  }
}

export function outcome(status: number, code: OperationOutcome['issue'][0]['code'], diagnostics: string): FhirAnswer {
  return { status, body: { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, diagnostics }] } };
}

/** `system|code`, `code`, or several with commas between them. */
function hasToken(concept: Concept | undefined, value: string): boolean {
  return value.split(',').some((token) => {
    const [system, code] = token.includes('|') ? token.split('|', 2) : [undefined, token];
    return (concept?.coding ?? []).some((one) => one.code === code && (system === undefined || one.system === system));
  });
}

function isReferenceTo(resource: FhirResource, members: readonly string[], reference: string): boolean {
  return members.some(
    (member) =>
      (resource as unknown as Record<string, { reference?: string } | undefined>)[member]?.reference === reference,
  );
}

function dateOf(resource: FhirResource): string {
  const { effectiveDateTime, effectivePeriod, issued } = resource as {
    effectiveDateTime?: string;
    effectivePeriod?: { start?: string };
    issued?: string;
  };
  return new Date(effectiveDateTime ?? effectivePeriod?.start ?? issued ?? 0).toISOString();
}
