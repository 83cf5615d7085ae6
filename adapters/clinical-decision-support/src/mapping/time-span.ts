/** From the first to the last instant that a date or a time of FHIR may mean, in milliseconds. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/** A date, dateTime or instant of FHIR; what is less than a second counts as the whole of it. Dates are those of UTC. */
export function periodOf(text: unknown): TimeSpan | undefined {
  if (typeof text !== 'string') return undefined;
  if (INSTANT.test(text)) {
    const ms = Date.parse(text);
    return Number.isNaN(ms) || !isCalendarDate(text.slice(0, 10)) ? undefined : { fromMs: ms, toMs: ms };
  }
  const parts = DATE.exec(text);
  if (parts === null) return undefined;
  const [year, month, day] = [Number(parts[1]), Number(parts[2] ?? 1), Number(parts[3] ?? 1)];
  const fromMs = Date.UTC(year, month - 1, day);
  const first = new Date(fromMs);
  if (first.getUTCMonth() !== month - 1 || first.getUTCDate() !== day) return undefined;
  const next =
    parts[2] === undefined
      ? Date.UTC(year + 1, 0, 1)
      : parts[3] === undefined
        ? Date.UTC(year, month, 1)
        : Date.UTC(year, month - 1, day + 1);
  return { fromMs, toMs: next - 1 };
}

/** Completed years from a birth date to `now`; undefined if the date is not precise enough to tell, or none. */
export function ageInYears(birthDate: unknown, now: Date): number | undefined {
  const born = periodOf(birthDate);
  if (born === undefined) return undefined;
  const oldest = completedYears(new Date(born.fromMs), now);
  return oldest === completedYears(new Date(born.toMs), now) ? oldest : undefined;
}

function completedYears(born: Date, now: Date): number {
  const years = now.getUTCFullYear() - born.getUTCFullYear();
  const isBeforeBirthday =
    now.getUTCMonth() < born.getUTCMonth() ||
    (now.getUTCMonth() === born.getUTCMonth() && now.getUTCDate() < born.getUTCDate());
  return isBeforeBirthday ? years - 1 : years;
}

/** Date.parse takes 30 February for 1 March. */
function isCalendarDate(text: string): boolean {
  return periodOf(text) !== undefined;
}
