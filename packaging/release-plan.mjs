// Which version comes next, and what has to be written for it. Nothing here touches a file.

export const KINDS = ['patch', 'minor', 'major'];

/** "1.4.2" and "minor" give "1.5.0". */
export function bump(version, kind) {
  const [major, minor, patch] = version.split('.').map(Number);
  if (kind === 'major') return `${major + 1}.0.0`;
  return kind === 'minor' ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`;
}

/**
 * The sections of a changelog, newest first.
 *
 * @returns {{ version: string, date: string, body: string }[]} the date may be "unreleased"
 */
export function changelogSections(text) {
  return text
    .split(/^(?=## )/m)
    .filter((part) => part.startsWith('## '))
    .map((part) => {
      const [, version, date] = /^## (\S+) - (\S+)/.exec(part) ?? [];
      if (version === undefined) throw new Error(`the changelog has a section that is not "## <version> - <date>"`);
      return { version, date, body: part.slice(part.indexOf('\n') + 1).trim() };
    });
}

/** The newest version with a date; "0.0.0" before the first. */
export function lastReleased(sections) {
  return sections.find(({ date }) => date !== 'unreleased')?.version ?? '0.0.0';
}

/**
 * The least that the version has to grow by, with the reason. Before 1.0 a break needs a minor one.
 *
 * @param {{ last: string, breaks: string[], isContractLarger: boolean, body: string }} facts what `wireBreaks` finds
 *   since the last release, whether the contract has something new, and the section of the changelog
 */
export function leastKind({ last, breaks, isContractLarger, body }) {
  const forBreaks = last.startsWith('0.') ? 'minor' : 'major';
  const heads = new Set([...body.matchAll(/^### (\w+)/gm)].map(([, head]) => head));
  if (breaks.length > 0)
    return { kind: forBreaks, reason: `the contract breaks peers: ${breaks.slice(0, 3).join('; ')}` };
  const breaking = ['Changed', 'Removed'].find((head) => heads.has(head));
  if (breaking) return { kind: forBreaks, reason: `the changelog has "${breaking}"` };
  if (isContractLarger) return { kind: 'minor', reason: 'the contract has something new' };
  const adding = ['Contract', 'Added', 'Deprecated'].find((head) => heads.has(head));
  if (adding) return { kind: 'minor', reason: `the changelog has "${adding}"` };
  return { kind: 'patch', reason: 'nothing but mends' };
}

/** The changelog with the date and number of the release in the place of "unreleased". */
export function releasedChangelog(text, version, date) {
  return text.replace(/^## \S+ - unreleased$/m, `## ${version} - ${date}`);
}

/** A package.json with the version, and with it for each of ours that it depends on; all else as it was. */
export function withVersion(text, before, version) {
  return text
    .replace(`"version": "${before}"`, `"version": "${version}"`)
    .replace(/("@deephealth\/[^"]+": )"([^"]+)"/g, (line, name, range) =>
      range === before ? `${name}"${version}"` : line,
    );
}

/** A lock file, in which our packages have no "resolved". */
export function withLockedVersion(text, folders, before, version) {
  const lock = JSON.parse(text);
  if (lock.version === before) lock.version = version;
  for (const folder of ['', ...folders]) {
    const entry = lock.packages[folder];
    if (entry.version === before) entry.version = version;
    for (const kind of ['dependencies', 'devDependencies', 'peerDependencies']) {
      for (const [name, range] of Object.entries(entry[kind] ?? {})) {
        if (name.startsWith('@deephealth/') && range === before) entry[kind][name] = version;
      }
    }
  }
  return `${JSON.stringify(lock, null, 2)}\n`;
}
