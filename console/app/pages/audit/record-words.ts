/** A record of the audit trail, as it is kept. */
export type AuditRecord = Readonly<Record<string, unknown>>;

const words = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(words).join(', ');
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
};

/** What a record says, in a few words beside its kind and model. */
export function recordWords(record: AuditRecord): string {
  const said = ['state', 'action', 'code', 'reason', 'outputs', 'warnings']
    .map((field) => words(record[field]))
    .filter((one) => one !== '');
  if (typeof record.repeated === 'number') said.push(`${record.repeated} times`);
  return record.abstained === true ? [...said, 'abstained'].join('; ') : said.join('; ');
}

/** Who asked, as the server found out; empty where nobody did. */
export function recordCaller({ caller }: AuditRecord): string {
  if (typeof caller !== 'object' || caller === null) return '';
  return words((caller as AuditRecord).subject);
}

/** All fields in their order, nested ones as JSON. */
export function recordFields(record: AuditRecord): readonly (readonly [string, string])[] {
  return Object.entries(record).map(([name, value]) => [
    name,
    typeof value === 'object' && value !== null && !Array.isArray(value) ? JSON.stringify(value) : words(value),
  ]);
}

/** The list's path with the filters that are set. */
export function auditPath(filter: { readonly kind: string; readonly model: string }): string {
  const query = new URLSearchParams({ limit: '50' });
  for (const [name, value] of Object.entries(filter)) if (value.trim() !== '') query.set(name, value.trim());
  return `audit?${query}`;
}
