/** A resource on the FHIR server of the call. */
export interface LocalReference {
  readonly type: string;
  readonly id: string;
  readonly version?: string;
}

const REFERENCE =
  /^(?<base>https?:\/\/.+\/)?(?<type>[A-Z][A-Za-z]+)\/(?<id>[A-Za-z0-9.-]{1,64})(\/_history\/(?<version>[A-Za-z0-9.-]{1,64}))?$/;

/**
 * Relative, absolute and version-specific references; of an absolute one the server must be that of the call, where
 * the call names one. Undefined for anything else, a fragment or a URN among them.
 */
export function localReference(text: unknown, fhirServer: string | undefined): LocalReference | undefined {
  const parts = typeof text === 'string' ? REFERENCE.exec(text)?.groups : undefined;
  if (parts === undefined) return undefined;
  const { base, type, id, version } = parts;
  if (base !== undefined && fhirServer !== undefined && bare(base) !== bare(fhirServer)) return undefined;
  // Two dots would climb.
  if (id === undefined || type === undefined || /^\.+$/.test(id)) return undefined;
  return { type, id, ...(version === undefined ? {} : { version }) };
}

/** Whether an element of the type Reference names this resource. */
export function isLocalReference(element: unknown, type: string, id: string, fhirServer: string | undefined): boolean {
  const { reference } = (element ?? {}) as { readonly reference?: unknown };
  const local = localReference(reference, fhirServer);
  return local?.type === type && local.id === id;
}

function bare(base: string): string {
  return base.replace(/\/+$/, '');
}
