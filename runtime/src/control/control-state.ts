import { DeepHealthError } from '@deephealth/sdk';

/** A model, or one version of it, that answers nobody. */
export interface Suspension {
  readonly model: string;
  /** Empty: every version, those to come included. */
  readonly version: string;
  readonly reason: string;
  /** Who has stopped it. */
  readonly subject: string;
  readonly sinceMs: number;
}

/** A version and the share of requests that it gets, 0 to 1. */
export interface TrialShare {
  readonly version: string;
  readonly share: number;
}

/** How a version is brought into use; without candidate and shadow there is no rollout. */
export interface RolloutPlan {
  /** Answers a share of the requests that name no version. */
  readonly candidate?: TrialShare;
  /** Only for callers of these tenants; absent for all. */
  readonly tenants?: readonly string[];
  /** Runs on copies of requests and answers nobody. */
  readonly shadow?: TrialShare;
}

/** A plan that was set by a call, which wins over the configuration. */
export interface SetPlan extends RolloutPlan {
  readonly subject: string;
  readonly sinceMs: number;
}

/** What outlasts the server. */
export interface ControlState {
  readonly suspensions: readonly Suspension[];
  /** By model name. */
  readonly rollouts: Readonly<Record<string, SetPlan>>;
}

export const NO_CONTROL: ControlState = { suspensions: [], rollouts: {} };

const FORMAT = 'deephealth-control/1';
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** The text of control.json. */
export function formatControlState({ suspensions, rollouts }: ControlState): string {
  const document = {
    format: FORMAT,
    suspensions: suspensions.map(({ sinceMs, ...rest }) => ({ ...rest, since: new Date(sinceMs).toISOString() })),
    rollouts: Object.fromEntries(
      Object.entries(rollouts).map(([model, { sinceMs, ...rest }]) => [
        model,
        { ...rest, since: new Date(sinceMs).toISOString() },
      ]),
    ),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/**
 * What a control.json says. Nothing in it is guessed or skipped: of a file that is damaged, nobody knows which
 * model it had stopped. Throws DH_CONTROL_STATE_INVALID.
 */
export function parseControlState(text: string): ControlState {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw damaged('it is not JSON');
  }
  const { format, suspensions, rollouts, ...others } = fields(document, '');
  if (format !== FORMAT) throw damaged(`"/format" is not "${FORMAT}"`);
  none(others, '');
  if (!Array.isArray(suspensions)) throw damaged('"/suspensions" is no list');
  return {
    suspensions: suspensions.map((entry, index) => toSuspension(entry, `/suspensions/${index}`)),
    rollouts: Object.fromEntries(
      Object.entries(fields(rollouts, '/rollouts')).map(([model, plan]) => [model, toPlan(plan, `/rollouts/${model}`)]),
    ),
  };
}

function toSuspension(entry: unknown, at: string): Suspension {
  const { model, version, reason, subject, since, ...others } = fields(entry, at);
  none(others, at);
  return {
    model: text(model, `${at}/model`),
    version: text(version, `${at}/version`),
    reason: text(reason, `${at}/reason`),
    subject: text(subject, `${at}/subject`),
    sinceMs: time(since, `${at}/since`),
  };
}

function toPlan(entry: unknown, at: string): SetPlan {
  const { candidate, tenants, shadow, subject, since, ...others } = fields(entry, at);
  none(others, at);
  if (tenants !== undefined && !(Array.isArray(tenants) && tenants.every((tenant) => typeof tenant === 'string'))) {
    throw damaged(`"${at}/tenants" is no list of texts`);
  }
  return {
    ...(candidate !== undefined && { candidate: toShare(candidate, `${at}/candidate`) }),
    ...(tenants !== undefined && { tenants: tenants as string[] }),
    ...(shadow !== undefined && { shadow: toShare(shadow, `${at}/shadow`) }),
    subject: text(subject, `${at}/subject`),
    sinceMs: time(since, `${at}/since`),
  };
}

function toShare(entry: unknown, at: string): TrialShare {
  const { version, share, ...others } = fields(entry, at);
  none(others, at);
  if (typeof share !== 'number' || !(share >= 0 && share <= 1)) throw damaged(`"${at}/share" is not from 0 to 1`);
  return { version: text(version, `${at}/version`), share };
}

function fields(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw damaged(`"${at}" is no object`);
  return value as Record<string, unknown>;
}

function none(others: Record<string, unknown>, at: string): void {
  const [name] = Object.keys(others);
  if (name !== undefined) throw damaged(`"${at}" holds a field that is not known`);
}

function text(value: unknown, at: string): string {
  if (typeof value !== 'string') throw damaged(`"${at}" is no text`);
  return value;
}

function time(value: unknown, at: string): number {
  const ms = typeof value === 'string' && TIME.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms)) throw damaged(`"${at}" is no time`);
  return ms;
}

export function damaged(why: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError(
    'DH_CONTROL_STATE_INVALID',
    `control.json of the state folder says which models are stopped, and ${why}. The server does not start without knowing. Restore the file; or remove it, after a look at what was suspended.`,
    { details: { file: 'control.json' }, cause },
  );
}
