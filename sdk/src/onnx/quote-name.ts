const LONGEST_SHOWN = 80;

/**
 * A name from a file that is not trusted, for a message: quoted, with control characters escaped,
 * and cut.
 */
export function quoteName(name: string): string {
  return JSON.stringify(name.length > LONGEST_SHOWN ? `${name.slice(0, LONGEST_SHOWN)}…` : name);
}
