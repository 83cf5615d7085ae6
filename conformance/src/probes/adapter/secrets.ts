import { Metadata, status } from '@grpc/grpc-js';
import { TargetFailure } from '../../run/case-result.js';
import { findLeak } from '../../run/find-leaks.js';
import type { ObservedCall } from '../../targets/observing-runtime.js';
import type { Probe } from '../probe.js';
import { answerWith } from './made-answers.js';
import { errorOf, findingsOf, Sandwiched } from './sandwiched.js';

/** What a runtime that keeps no rule says of itself. */
const INDISCREET = 'ENOENT: /srv/models/thorax-7/weights.bin at load (/opt/runtime/store.js:14:3)';

/** The platform's credentials are used, and no call to the runtime holds them. */
export const credentialsStay: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  await answered(sandwich);
  const call = sandwich.asked();
  for (const credential of sandwich.platform.credentials) {
    if (holds(call, credential)) throw new TargetFailure("the runtime was given the platform's credentials");
  }
  return ['the platform was asked with its credentials, and the runtime without them'];
};

/** Whom an event is about is known to the platform alone; the runtime gets what the model needs. */
export const identifiersStay: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const { subject } = await answered(sandwich);
  const call = sandwich.asked();
  if (holds(call, subject)) throw new TargetFailure('the runtime was told whom the event is about');
  return ['the runtime was asked, and not told whom the event is about'];
};

/** Where the runtime is and what it says of itself in no form of the contract is nothing for the platform. */
export const runtimeDetailsStay: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const { platform, runtime } = sandwich;
  const from = platform.received.length;
  const refuse = { code: status.UNKNOWN, details: `${INDISCREET} on ${runtime.address}`, metadata: new Metadata() };
  const part = await sandwich.whileRuntime({ model: sandwich.model, refuse }, () => sandwich.ask(sandwich.event()));
  const { reason, message } = errorOf(part);
  sandwich.asked();
  const told = platform.received.slice(from);
  if (told.some((text) => text.includes(runtime.address))) {
    throw new TargetFailure("the platform was told the runtime's address");
  }
  const leak = findLeak({ message });
  if (leak !== undefined) throw new TargetFailure(`what the platform was told: ${leak}`);
  return [`the platform was told ${reason} in ${told.length} messages, and nothing of the runtime`];
};

/** An event that is answered; everything else is judged from what it left behind. */
async function answered(sandwich: Sandwiched) {
  const event = sandwich.event();
  const behaviour = { model: sandwich.model, answer: answerWith(0.75) };
  findingsOf(await sandwich.whileRuntime(behaviour, () => sandwich.ask(event)));
  return event;
}

/** Whether a call says this anywhere: in its message or beside it. */
export function holds({ requestBytes, metadata }: ObservedCall, text: string): boolean {
  if (requestBytes?.includes(text)) return true;
  return Object.values(metadata).some((values) => values.some((value) => value.includes(text)));
}
