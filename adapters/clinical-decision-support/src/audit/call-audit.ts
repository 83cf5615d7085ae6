import type { AuditEvent } from 'fhir/r4.js';
import type { CdsRequest } from '../bindings/cds-request.js';
import type { CatalogService } from '../service/service-catalog.js';
import { type AuditedAct, auditEvent } from './audit-event.js';
import type { AuditTrail } from './audit-trail.js';

export interface AuditedCall {
  readonly service: CatalogService;
  readonly request: CdsRequest;
  /** Issuer of the client. */
  readonly client: string;
  readonly requestId: string;
}

/** What one call did with the data of its patient, gathered while it goes on. */
export class CallAudit {
  readonly #events: AuditEvent[] = [];
  readonly #call: AuditedCall;
  readonly #baseUrl: string;
  readonly #now: () => Date;

  constructor(call: AuditedCall, { baseUrl, now }: { readonly baseUrl: string; readonly now: () => Date }) {
    this.#call = call;
    this.#baseUrl = baseUrl;
    this.#now = now;
  }

  /** A query was sent to the FHIR server of the call. */
  readonly queried = (query: string, failure?: string): void => {
    const { fhirServer = '', fhirAuthorization } = this.#call.request;
    const isRead = /^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]+(\/_history\/[A-Za-z0-9.-]+)?$/.test(query);
    const clientId = fhirAuthorization?.subject ?? '';
    this.#add(
      { kind: isRead ? 'read' : 'search', fhirServer: fhirServer.replace(/\/+$/, ''), query, clientId },
      failure,
    );
  };

  /** The call has ended; `failure` is a code of the catalogue. */
  ended(failure?: string): void {
    const { service, client } = this.#call;
    const { manifest, packageSha256 } = service;
    const model = `${manifest.name}/${manifest.version}/${packageSha256}`;
    this.#add({ kind: 'inference', client, model }, failure);
  }

  /** Resolves once all of it is on the disk. */
  async store(trail: AuditTrail | undefined): Promise<void> {
    await trail?.add(this.#events.splice(0));
  }

  #add(act: AuditedAct, failure: string | undefined): void {
    const { request, requestId } = this.#call;
    const { patientId, userId } = request.context;
    this.#events.push(
      auditEvent(act, {
        baseUrl: this.#baseUrl,
        requestId,
        patientId,
        userId: typeof userId === 'string' ? userId : undefined,
        at: this.#now(),
        failure,
      }),
    );
  }
}
