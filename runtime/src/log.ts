export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Structured log. Fields never hold values of inputs, tokens or patient identifiers. */
export type Log = (level: LogLevel, event: string, fields?: LogFields) => void;

const ORDER: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** One JSON object a line on stderr, from the given level on. */
export function createJsonLog(minimum: LogLevel): Log {
  return (level, event, fields = {}) => {
    if (ORDER.indexOf(level) < ORDER.indexOf(minimum)) return;
    process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...fields })}\n`);
  };
}

/** A log that keeps nothing. */
export const silentLog: Log = () => undefined;
