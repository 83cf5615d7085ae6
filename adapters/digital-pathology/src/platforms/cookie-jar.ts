/** Cookies of one server, by name: all that a session of Django needs of them. */
export interface CookieJar {
  get(name: string): string | undefined;
  /** Takes what a response sets; an empty value removes. */
  take(setCookie: readonly string[] | undefined): void;
  /** Value of the header Cookie. */
  header(): string;
  clear(): void;
}

export function createCookieJar(): CookieJar {
  const cookies = new Map<string, string>();
  return {
    get: (name) => cookies.get(name),
    take(setCookie) {
      for (const line of setCookie ?? []) {
        const [, name, value = ''] = /^\s*([^=;\s]+)=\s*"?([^;"]*)"?/.exec(line) ?? [];
        if (name === undefined) continue;
        if (value === '' || /;\s*max-age=0\b/i.test(line)) cookies.delete(name);
        else cookies.set(name, value);
      }
    },
    header: () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    clear: () => cookies.clear(),
  };
}
