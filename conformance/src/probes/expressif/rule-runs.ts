import type { adapterV1 } from '@deephealth/proto';
import { type Decision, type Question, readDecision } from '../../expressif/decision.js';
import { type ExpectedDecision, expectedDecision } from '../../expressif/expected-decision.js';
import type { PlacedRuleBase } from '../../expressif/expressif-models.js';
import { judgeDecision } from '../../expressif/judge-decision.js';
import type { RuleRuntime } from '../../expressif/rule-runtime.js';
import { NotJudged, TargetFailure } from '../../run/case-result.js';
import { findLeak } from '../../run/find-leaks.js';
import { asReceived } from '../../targets/channel-call.js';
import type { ObservedQuestion } from '../../targets/steered-runtime.js';
import type { Outcome } from '../../targets/target-client.js';
import type { ProbeContext } from '../probe.js';
import { SteeredRuns } from '../steered-runs.js';

/** What a question is sent with, where it is not the usual. */
export interface RunChanges {
  readonly bindingId?: string;
  readonly mediaType?: string;
  readonly deadlineMs?: number;
}

/** What came of a question that was answered. */
export interface Decided {
  readonly decision: Decision;
  readonly runs: readonly adapterV1.ModelRun__Output[];
  /** That the runtime was asked since the question came. */
  readonly asked: readonly ObservedQuestion[];
  readonly expected: ExpectedDecision;
}

export const JSON_TYPE = 'application/json';
/** Fields of a question that an error may name, which look like paths. */
const FIELDS = /\/(?:values|inputs|at|languages|explain|requestId)(?:\/[^\s"']*)?/g;

/** An adapter for rule bases before a runtime that sees every question, with the words that cases need. */
export class RuleRuns extends SteeredRuns<ObservedQuestion, RuleRuntime> {
  /** URL of its face over HTTP; empty without one. */
  readonly http: string;

  constructor(context: ProbeContext) {
    const { expressif } = context;
    if (expressif === undefined)
      throw new NotJudged('notApplicable', 'only an adapter for rule bases is asked questions');
    super(context, expressif);
    this.http = expressif.http;
  }

  message(
    { id }: PlacedRuleBase,
    question: Question | Buffer,
    { bindingId = id, mediaType = JSON_TYPE }: RunChanges = {},
  ) {
    const input = Buffer.isBuffer(question) ? question : Buffer.from(JSON.stringify(question));
    return { bindingId, input, mediaType };
  }

  /** Sends a question; what is said of a refusal is searched for what may never be said. */
  async run(base: PlacedRuleBase, question: Question | Buffer, changes: RunChanges = {}): Promise<Outcome> {
    const { deadlineMs = this.callMs } = changes;
    const outcome = await this.context.client.call('RunBinding', this.message(base, question, changes), deadlineMs);
    const leak = findLeak({
      message: outcome.message.replace(FIELDS, ''),
      metadata: Object.fromEntries(
        Object.entries(outcome.metadata).map(([key, value]) => [key, value.replace(FIELDS, '')]),
      ),
    });
    if (leak !== undefined) throw new TargetFailure(leak);
    return outcome;
  }

  /** The decision on a right question, read by its schema and not judged. TargetFailure if there is none. */
  async answered(base: PlacedRuleBase, question: Question, changes: RunChanges = {}): Promise<Decided> {
    const before = this.runtime.questions.length;
    const outcome = await this.run(base, question, changes);
    const asked = this.runtime.questions.slice(before);
    return { ...this.read(base, question, outcome, asked), asked };
  }

  read(
    base: PlacedRuleBase,
    question: Question,
    { status, reason, message, response }: Outcome,
    asked: readonly ObservedQuestion[],
  ): Omit<Decided, 'asked'> {
    if (status !== 'OK')
      throw new TargetFailure(`RunBinding: expected OK, got ${status} ${reason} ${message}`.slice(0, 300));
    const said = asReceived<adapterV1.RunBindingResponse__Output>('RunBinding', 'response', response as object);
    if (said.mediaType.split(';')[0] !== JSON_TYPE) throw new TargetFailure(`the answer is of "${said.mediaType}"`);
    const decision = readDecision(said.output);
    const isOwn = ({ request }: ObservedQuestion) => said.runs.some(({ requestId }) => requestId === request.requestId);
    const own = asked.filter(isOwn).at(-1) ?? asked.at(-1);
    const readsModel = Object.values(base.bound.variables).some(({ model }) => model !== undefined);
    if (readsModel && own?.response === undefined)
      throw new TargetFailure('rules that read the model were answered without it');
    return {
      decision,
      runs: said.runs,
      expected: expectedDecision(base, question, readsModel ? own?.response : undefined),
    };
  }

  /** The same, held to what the suite's own evaluation says. */
  async decided(base: PlacedRuleBase, question: Question, changes: RunChanges = {}): Promise<Decided> {
    const one = await this.answered(base, question, changes);
    judgeDecision(one.decision, base, one.expected);
    return one;
  }

  /** Nothing was asked of the runtime since the case began. */
  nothingAsked(why: string): void {
    if (this.asked.length > 0) throw new TargetFailure(`${why}, and the runtime was asked`);
  }
}
