/**
 * @typedef {{ advisory: string, package: string, reason: string, until: string }} Explained
 */

/**
 * What a report of `npm audit --json` leaves unexplained, a sentence for each; undefined for what is no report.
 *
 * @param {object} report
 * @param {Explained[]} explained each with a reason and the last day, "2027-01-31", that it holds
 * @param {string} today in the same form
 * @returns {string[] | undefined}
 */
export function auditFaults(report, explained, today) {
  if (report?.auditReportVersion !== 2 || typeof report.vulnerabilities !== 'object') return undefined;
  const advisories = new Map();
  for (const { via } of Object.values(report.vulnerabilities)) {
    // A text names another package of the report, which has the advisory.
    for (const one of via) if (typeof one === 'object') advisories.set(`${one.name} ${idOf(one)}`, one);
  }
  const faults = [...advisories.values()].flatMap((one) => {
    const found = explained.find(({ advisory, package: name }) => advisory === idOf(one) && name === one.name);
    const sentence = `${one.name} ${one.range}: ${one.severity}, ${one.title} (${one.url})`;
    if (found === undefined) return [sentence];
    return found.until < today ? [`${sentence}; its explanation held until ${found.until}`] : [];
  });
  const unreasoned = explained.filter(({ reason, until }) => !reason || !/^\d{4}-\d\d-\d\d$/.test(until ?? ''));
  return [...faults, ...unreasoned.map((one) => `${one.advisory} is explained without a reason or a last day`)];
}

/**
 * The report without what concerns only places of the lock file that do not ship; what is no report stays as it is.
 *
 * @param {object | undefined} report
 * @param {ReadonlySet<string>} paths that ship, such as "node_modules/preact"
 */
export function ofShipped(report, paths) {
  if (typeof report?.vulnerabilities !== 'object') return report;
  const kept = Object.entries(report.vulnerabilities).filter(
    // One that names no place could be anywhere.
    ([, { nodes }]) => nodes === undefined || nodes.some((path) => paths.has(path)),
  );
  return { ...report, vulnerabilities: Object.fromEntries(kept) };
}

/** GHSA-…, the end of its address. */
const idOf = ({ url, source }) => /GHSA-[\w-]+$/.exec(url ?? '')?.[0] ?? String(source);
