import { setTimeout as delay } from 'node:timers/promises';
import { decodeStatusDetails, encodeStatusDetails } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import { Metadata, type ServiceError } from '@grpc/grpc-js';
import type { ReferenceAdapter } from '../reference/adapter/reference-adapter.js';
import type { EventState } from '../simulators/platform-simulator.js';
import type { AdapterMutant } from './mutants/adapter-mutant.js';

const DETAILS_KEY = 'grpc-status-details-bin';
const LATER_MS = 100;

/** What an adapter may do otherwise than the reference. None of them may fail a case. */
export const ADAPTER_VARIANTS: readonly AdapterMutant[] = [
  {
    id: 'B-A1',
    title: 'says the same in other words and another order, more beside it, a little later',
    of: (A) =>
      class extends A {
        override forwardedMetadata(received: Metadata) {
          const forwarded = super.forwardedMetadata(received);
          forwarded.set('x-adapter', 'variant');
          return forwarded;
        }
        override forwardedFailure(error: ServiceError) {
          const failure = super.forwardedFailure(error);
          const bytes = failure.metadata.get(DETAILS_KEY)[0];
          const said = Buffer.isBuffer(bytes) ? decodeStatusDetails(bytes) : undefined;
          if (said === undefined) return failure;
          const details = 'In other words.';
          const metadata = new Metadata();
          const errorInfo = { ...said.errorInfo, metadata: { ...said.errorInfo.metadata, adapter: 'variant' } };
          metadata.set(DETAILS_KEY, encodeStatusDetails({ ...said, message: details, errorInfo }));
          return { ...failure, details, metadata };
        }
        override errorOf(error: DeepHealthError) {
          return { ...super.errorOf(error), message: 'In other words.' };
        }
        override partOf(...args: Parameters<ReferenceAdapter['partOf']>) {
          const part = super.partOf(...args);
          return { ...part, findings: part.findings.toReversed(), warnings: part.warnings.toReversed() };
        }
        override remainingMs(record: Parameters<ReferenceAdapter['remainingMs']>[0]) {
          // The rest is for bringing the result.
          return super.remainingMs(record) - LATER_MS;
        }
        override async work(record: Parameters<ReferenceAdapter['work']>[0]) {
          await delay(LATER_MS);
          return super.work(record);
        }
      },
  },
  {
    id: 'B-A2',
    title: 'refuses at once what it cannot do, brings a result once and says so, and calls a part a failure',
    of: (A) =>
      class extends A {
        override async accept(...[event, token]: Parameters<ReferenceAdapter['accept']>) {
          if (this.isKnown(event)) throw new DeepHealthError('DH_ITEM_ID_DUPLICATE', 'The event is known.');
          if (!(await this.isReady())) throw new DeepHealthError('DH_REMOTE_UNAVAILABLE', 'The runtime is not ready.');
          return super.accept(event, token);
        }
        override resultOf(...[record, parts]: Parameters<ReferenceAdapter['resultOf']>) {
          const failures = parts.filter(({ error }) => error !== undefined);
          return super.resultOf(record, failures.length === 0 ? parts : failures);
        }
        override async deliver(
          ...[{ token, cancelled }, result]: Parameters<ReferenceAdapter['deliver']>
        ): Promise<EventState> {
          return this.stateAfter(await this.platform.deliver(result, token, cancelled.signal, 1));
        }
      },
  },
];
