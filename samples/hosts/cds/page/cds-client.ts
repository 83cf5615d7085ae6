// What a CDS client does over HTTP: discovery, a call with prefetch, feedback.

export interface Session {
  readonly serviceUrl: string;
  readonly userId: string;
  readonly patients: readonly SessionPatient[];
  readonly fhirServer: string;
  readonly fhirAuthorization: { readonly access_token: string };
}

export interface SessionPatient {
  readonly id: string;
  readonly name: string;
  readonly gender?: string;
  readonly birthDate?: string;
  /** The visit that is under way. */
  readonly encounterId?: string;
}

export interface Service {
  readonly id: string;
  readonly hook: string;
  readonly title?: string;
  readonly description: string;
  readonly prefetch?: Readonly<Record<string, string>>;
}

export interface Coding {
  readonly code: string;
  readonly system?: string;
  readonly display?: string;
}

export interface Suggestion {
  readonly label: string;
  readonly uuid?: string;
  readonly isRecommended?: boolean;
  readonly actions?: readonly { readonly type: string; readonly description: string; readonly resource?: object }[];
}

export interface Card {
  readonly uuid?: string;
  readonly summary: string;
  readonly detail?: string;
  readonly indicator: 'info' | 'warning' | 'critical';
  readonly source: { readonly label: string; readonly url?: string; readonly topic?: Coding };
  readonly suggestions?: readonly Suggestion[];
  readonly overrideReasons?: readonly Coding[];
  readonly links?: readonly { readonly label: string; readonly url: string; readonly type: string }[];
}

/** What the clinician did with a card. */
export type Outcome =
  | { readonly outcome: 'accepted'; readonly acceptedSuggestions: readonly { readonly id: string }[] }
  | {
      readonly outcome: 'overridden';
      readonly overrideReason?: { readonly reason?: Coding; readonly userComment?: string };
    };

/** An answer that is no success, with what its OperationOutcome says. */
export class CallFailed extends Error {
  constructor(
    readonly status: number,
    text: string,
  ) {
    super(text);
  }
}

export class CdsClient {
  constructor(private readonly session: Session) {}

  async discover(): Promise<readonly Service[]> {
    const answer = await this.ask(`${this.session.serviceUrl}/cds-services`);
    return ((await answer.json()) as { services: Service[] }).services;
  }

  async call(service: Service, { id: patientId, encounterId }: SessionPatient): Promise<readonly Card[]> {
    const { userId, fhirServer, fhirAuthorization } = this.session;
    const context = { userId, patientId, ...(encounterId === undefined ? {} : { encounterId }) };
    const body = {
      hook: service.hook,
      hookInstance: crypto.randomUUID(),
      context,
      fhirServer,
      fhirAuthorization: { ...fhirAuthorization, patient: patientId },
      prefetch: await this.prefetch(service.prefetch ?? {}, context),
    };
    const answer = await this.ask(`${this.session.serviceUrl}/cds-services/${service.id}`, body);
    return ((await answer.json()) as { cards: Card[] }).cards;
  }

  async giveFeedback(service: Service, card: Card, outcome: Outcome): Promise<void> {
    // Without a uuid a card cannot be spoken of (CDS Hooks 2.0.1, Feedback).
    if (card.uuid === undefined) return;
    const outcomeTimestamp = new Date().toISOString();
    await this.ask(`${this.session.serviceUrl}/cds-services/${service.id}/feedback`, {
      feedback: [{ card: card.uuid, ...outcome, outcomeTimestamp }],
    });
  }

  /** Carries out what a suggestion asks for, in this EHR. Gives the references of what was made. */
  async createResource(resource: object): Promise<string> {
    const { resourceType } = resource as { resourceType: string };
    const answer = await this.fhir(resourceType, resource);
    if (!answer.ok) throw new CallFailed(answer.status, await reasonOf(answer));
    return `${resourceType}/${((await answer.json()) as { id: string }).id}`;
  }

  private async prefetch(
    templates: Readonly<Record<string, string>>,
    context: Readonly<Record<string, string>>,
  ): Promise<Record<string, unknown>> {
    const filled = Object.entries(templates).map(async ([key, template]) => {
      let isComplete = true;
      const query = template.replace(/\{\{\s*(?:context\.)?(\w+)\s*\}\}/g, (_match, name: string) => {
        if (!Object.hasOwn(context, name)) isComplete = false;
        return encodeURIComponent(context[name] ?? '');
      });
      // A key that cannot be served is left out, and the service may read for itself.
      if (!isComplete) return undefined;
      const answer = await this.fhir(query);
      return answer.ok ? ([key, await answer.json()] as const) : undefined;
    });
    return Object.fromEntries((await Promise.all(filled)).filter((entry) => entry !== undefined));
  }

  private fhir(path: string, body?: object): Promise<Response> {
    return fetch(`/fhir/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${this.session.fhirAuthorization.access_token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** Straight from the browser to the service, with a token that the EHR signed for this very address. */
  private async ask(url: string, body?: object): Promise<Response> {
    const signed = await fetch('/app/client-token', { method: 'POST', body: JSON.stringify({ audience: url }) });
    if (!signed.ok) throw new CallFailed(signed.status, await reasonOf(signed));
    const { token } = (await signed.json()) as { token: string };
    const answer = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new CallFailed(answer.status, await reasonOf(answer));
    return answer;
  }
}

async function reasonOf(answer: Response): Promise<string> {
  try {
    const { issue } = (await answer.json()) as { issue?: { diagnostics?: string; details?: { text?: string } }[] };
    const texts = (issue ?? []).map(({ diagnostics, details }) => diagnostics ?? details?.text ?? '');
    return texts.filter(Boolean).join(' ') || `Status ${answer.status}.`;
  } catch {
    return `Status ${answer.status}.`;
  }
}
