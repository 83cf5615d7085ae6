// Fuzzy rules with a model among their premises inside a vendor's own process: a question in, a decision out that
// names the rules behind it. `deephealth serve --adapter expressif` gives the same over HTTP and gRPC.
import { createExpressifAdapter } from '@deephealth/adapter-expressif';

export interface RuleQuestion {
  /** host:port of the runtime. */
  readonly runtime: string;
  /** Package folder <name>/<version> with bindings/expressif.json. */
  readonly package: string;
  /** JSON, as schemas/decision-request.schema.json of the adapter has it. */
  readonly question: string;
  readonly timeoutMs: number;
}

export interface Conclusion {
  readonly ruleBase: string;
  /** A number, or why there is none. */
  readonly outputs: Readonly<Record<string, number | string>>;
  /** Rules that hold, with the degree to which they do. */
  readonly holding: Readonly<Record<string, number>>;
  /** Why, in words. */
  readonly why: string;
  readonly warnings: readonly string[];
}

/** @throws DeepHealthError: its code says who has to act, its message what to do */
export async function conclude(asked: RuleQuestion): Promise<Conclusion> {
  // A vendor keeps one adapter for all questions; it holds a connection and the compiled rules.
  const adapter = await createExpressifAdapter({ runtime: asked.runtime, packages: [asked.package] });
  try {
    const [id = ''] = adapter.bindingIds;
    const { decision } = await adapter.decisions.decide({
      id,
      body: Buffer.from(asked.question),
      signal: AbortSignal.timeout(asked.timeoutMs),
      deadlineMs: Date.now() + asked.timeoutMs,
    });
    const outputs = Object.entries(decision.outputs).map(([name, output]) => [
      name,
      output.status === 'determinate' ? output.value : output.reason,
    ]);
    const holding = decision.rules.flatMap(({ id: rule, degree }) =>
      degree !== undefined && degree > 0 ? [[rule, degree]] : [],
    );
    return {
      ruleBase: decision.ruleBase.title,
      outputs: Object.fromEntries(outputs),
      holding: Object.fromEntries(holding),
      why: decision.text.en ?? '',
      warnings: decision.warnings.map(({ message }) => message),
    };
  } finally {
    await adapter.close();
  }
}
