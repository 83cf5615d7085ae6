/** Least level that is logged. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Structured log. Fields never hold values of inputs, tokens or patient identifiers; `traceId` is
 * the name of the trace that an event belongs to.
 */
export type Log = (level: LogLevel, event: string, fields?: LogFields) => void;

const ORDER: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
const MAX_TEXT_LENGTH = 2000;
const MAX_FIELDS = 32;

/**
 * One JSON object a line on stderr, from the given level on: `time` (ISO 8601, UTC), `level`,
 * `event`, then the fields. A field cannot take the place of these three, a text cannot end its
 * line or steer a terminal, and a line is bounded. Logging never throws, and a log that nobody
 * reads any more ends nothing.
 */
export function createJsonLog(minimum: LogLevel, write: (line: string) => void = writeToStderr): Log {
  return (level, event, fields = {}) => {
    if (ORDER.indexOf(level) < ORDER.indexOf(minimum)) return;
    const entries = Object.entries(fields)
      .slice(0, MAX_FIELDS)
      .map(([name, value]) => [nameOf(name), bounded(value)]);
    const line = { time: new Date().toISOString(), level, event: bounded(event), ...Object.fromEntries(entries) };
    write(`${escaped(JSON.stringify(line))}\n`);
  };
}

/** A log that keeps nothing. */
export const silentLog: Log = () => undefined;

function nameOf(name: string): string {
  return ['time', 'level', 'event'].includes(name) ? `${name}_` : String(bounded(name));
}

function bounded<Value>(value: Value): Value | string {
  if (typeof value !== 'string' || value.length <= MAX_TEXT_LENGTH) return value;
  return `${value.slice(0, MAX_TEXT_LENGTH)}... (${value.length} characters)`;
}

/**
 * JSON leaves characters in a text that end a line for some readers, move a terminal's cursor, or
 * turn the direction of what follows: DEL, C1 controls, line separators, bidirectional marks.
 */
function escaped(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

let isStderrGuarded = false;

function writeToStderr(line: string): void {
  if (!isStderrGuarded) {
    isStderrGuarded = true;
    // Without a listener, a reader that went away (EPIPE) would end the server.
    process.stderr.on('error', () => undefined);
  }
  process.stderr.write(line);
}
