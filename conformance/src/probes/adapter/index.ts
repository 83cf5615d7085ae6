import type { Probe } from '../probe.js';
import * as contractFace from './contract-face.js';
import { errorsReachTheClient, errorsReachThePlatform } from './error-map.js';
import * as faults from './faults.js';
import * as platformEvents from './platform-events.js';
import * as platformFace from './platform-face.js';
import * as runBinding from './run-binding.js';
import * as secrets from './secrets.js';
import * as selfDescription from './self-description.js';

/** What a case asks of an adapter between a runtime and a platform that the suite plays. */
export const ADAPTER_PROBES: Readonly<Record<string, Probe>> = {
  'adapter-runtime-was-asked': contractFace.runtimeWasAsked,
  'adapter-request-arrives': contractFace.requestArrives,
  'adapter-answer-arrives': contractFace.answerArrives,
  'adapter-newer-contract': contractFace.newerContract,
  'adapter-deadline-arrives': contractFace.deadlineArrives,
  'adapter-cancellation-arrives': contractFace.cancellationArrives,
  'adapter-large-tensor-arrives': contractFace.largeTensorArrives,
  'adapter-asks-once': contractFace.asksOnce,
  'adapter-trace-context-arrives': contractFace.traceContextArrives,
  'adapter-errors-reach-the-client': errorsReachTheClient,
  'adapter-errors-reach-the-platform': errorsReachThePlatform,
  'adapter-findings-are-kept': platformFace.findingsAreKept,
  'adapter-warnings-are-kept': platformFace.warningsAreKept,
  'adapter-abstention-is-kept': platformFace.abstentionIsKept,
  'adapter-provenance-is-kept': platformFace.provenanceIsKept,
  'adapter-inputs-are-kept': platformFace.inputsAreKept,
  'adapter-request-id-leads-back': platformFace.requestIdLeadsBack,
  'adapter-expected-package-is-kept': platformFace.expectedPackageIsKept,
  'adapter-platform-deadline-counts': platformEvents.platformDeadlineCounts,
  'adapter-hanging-runtime-is-said': platformEvents.hangingRuntimeIsSaid,
  'adapter-platform-cancellation-arrives': platformEvents.platformCancellationArrives,
  'adapter-same-event-once': platformEvents.sameEventOnce,
  'adapter-part-is-no-whole': platformEvents.partIsNoWhole,
  'adapter-events-are-kept-apart': platformEvents.eventsAreKeptApart,
  'adapter-credentials-stay': secrets.credentialsStay,
  'adapter-identifiers-stay': secrets.identifiersStay,
  'adapter-runtime-details-stay': secrets.runtimeDetailsStay,
  'adapter-client-hears-of-lost-runtime': faults.clientHearsOfLostRuntime,
  'adapter-platform-hears-of-lost-runtime': faults.platformHearsOfLostRuntime,
  'adapter-runtime-is-found-again': faults.runtimeIsFoundAgain,
  'adapter-readiness-follows': faults.readinessFollows,
  'adapter-result-is-not-lost': faults.resultIsNotLost,
  'adapter-refused-result-is-said': faults.refusedResultIsSaid,
  'adapter-no-inputs-no-question': faults.noInputsNoQuestion,
  'adapter-slow-platform-holds-nothing-up': faults.slowPlatformHoldsNothingUp,
  'adapter-describes-itself': selfDescription.describesItself,
  'adapter-lists-bindings': selfDescription.listsBindings,
  'adapter-binding-health-follows': selfDescription.bindingHealthFollows,
  'adapter-run-answers-as-the-platform-face': runBinding.runAnswersAsThePlatformFace,
  'adapter-run-is-no-way-around': runBinding.runIsNoWayAround,
  'adapter-run-refuses': runBinding.runRefuses,
  'adapter-run-keeps-deadline': runBinding.runKeepsDeadline,
  'adapter-run-keeps-cancellation': runBinding.runKeepsCancellation,
  'adapter-run-gives-nothing-away': runBinding.runGivesNothingAway,
};
