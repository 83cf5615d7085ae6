/** A resource on the FHIR server of the call. */
export interface LocalReference {
  readonly type: string;
  readonly id: string;
  readonly version?: string;
}

const REFERENCE =
  /^(?<base>https?:\/\/.+\/)?(?<type>[A-Z][A-Za-z]+)\/(?<id>[A-Za-z0-9.-]{1,64})(\/_history\/(?<version>[A-Za-z0-9.-]{1,64}))?$/;

/**
 * Relative, absolute and version-specific references; an absolute one is local where it names the server of the call.
 * Undefined for anything else: what lies elsewhere, or where the call names no server, a fragment, a URN.
 */
export function localReference(text: unknown, fhirServer: string | undefined): LocalReference | undefined {
  const parts = partsOf(text);
  if (parts === undefined) return undefined;
  const { base, ...local } = parts;
  if (base !== undefined && (fhirServer === undefined || bare(base) !== bare(fhirServer))) return undefined;
  // Two dots would climb.
  return /^\.+$/.test(local.id) ? undefined : local;
}

/**
 * Whether an element of the type Reference names this resource. Where the call names no server, an absolute one is
 * taken for one of that server: it says at least the id.
 */
export function isLocalReference(element: unknown, type: string, id: string, fhirServer: string | undefined): boolean {
  const parts = partsOf(((element ?? {}) as { readonly reference?: unknown }).reference);
  if (parts?.type !== type || parts.id !== id) return false;
  return parts.base === undefined || fhirServer === undefined || bare(parts.base) === bare(fhirServer);
}

function partsOf(text: unknown): (LocalReference & { readonly base?: string }) | undefined {
  const { base, type, id, version } = (typeof text === 'string' ? REFERENCE.exec(text)?.groups : undefined) ?? {};
  if (type === undefined || id === undefined) return undefined;
  return { type, id, ...(base === undefined ? {} : { base }), ...(version === undefined ? {} : { version }) };
}

function bare(base: string): string {
  return base.replace(/\/+$/, '');
}
