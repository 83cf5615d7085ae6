import { toDecisionOutput } from '../decision/to-decision.js';
import type { RuleStream, StreamChange } from '../stream/rule-stream.js';

/** What happened in a stream, as JSON says it. */
export interface StreamEvent {
  /** Counts from 1; 0 is the state that a listener begins with. */
  readonly sequence: number;
  /** Of the stream's time, ISO 8601. */
  readonly at: string;
  readonly cause: StreamChange['cause'] | 'state';
  readonly ruleBase: { readonly version: number; readonly digest: string };
  /** Outputs that changed, as they are now; all of them in a state. */
  readonly outputs: Readonly<Record<string, ReturnType<typeof toDecisionOutput>>>;
  /** Inputs, expressions and rules that led to it. */
  readonly inputs: readonly string[];
  readonly expressions: readonly string[];
  readonly rules: readonly { readonly id: string; readonly degree?: number; readonly fired: boolean }[];
}

const EVENTS_KEPT = 1_000;

/** A stream with those who listen to it: events that are missed while nobody listens are kept for a while. */
export class StreamSession {
  readonly stream: RuleStream;
  readonly #now: () => number;
  readonly #events: StreamEvent[] = [];
  readonly #listeners = new Set<(event: StreamEvent) => void>();
  #last = 0;

  /** @param now the clock of the stream */
  constructor(stream: RuleStream, now: () => number) {
    this.stream = stream;
    this.#now = now;
    stream.onChange((change) => this.#tell(change));
  }

  get last(): number {
    return this.#last;
  }

  /** Outputs as they are now. */
  state(): StreamEvent {
    this.stream.advance();
    const at = new Date(this.#now()).toISOString();
    const { outputs, ruleBase } = this.stream.evaluation();
    return {
      ...{ sequence: this.#last, at, cause: 'state', ruleBase },
      outputs: Object.fromEntries([...outputs].map(([name, output]) => [name, toDecisionOutput(output)])),
      ...{ inputs: [], expressions: [], rules: [] },
    };
  }

  /** Those after a sequence number; undefined where some of them are not kept any more. */
  eventsAfter(sequence: number): readonly StreamEvent[] | undefined {
    const first = this.#events[0]?.sequence ?? this.#last + 1;
    return sequence < first - 1 || sequence > this.#last
      ? undefined
      : this.#events.filter((event) => event.sequence > sequence);
  }

  /** @returns what ends it */
  listen(listener: (event: StreamEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(change: StreamChange): void {
    this.#last += 1;
    const event = toEvent(change, this.#last);
    this.#events.push(event);
    if (this.#events.length > EVENTS_KEPT) this.#events.shift();
    for (const listener of this.#listeners) listener(event);
  }
}

function toEvent(change: StreamChange, sequence: number): StreamEvent {
  return {
    sequence,
    at: new Date(change.at).toISOString(),
    cause: change.cause,
    ruleBase: change.ruleBase,
    outputs: Object.fromEntries(change.outputs.map(({ output, after }) => [output, toDecisionOutput(after)])),
    inputs: change.inputs.map(({ variable }) => variable),
    expressions: change.expressions.map(({ text }) => text),
    rules: change.rules.map(({ after: { rule, degree, fired } }) => ({
      id: rule,
      ...(Number.isNaN(degree) ? {} : { degree }),
      fired,
    })),
  };
}
