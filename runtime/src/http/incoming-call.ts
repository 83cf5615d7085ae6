import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '@deephealth/sdk';
import type { BodyShare } from './body-budget.js';
import { readBody } from './read-body.js';
import type { HttpRequest } from './route.js';

/** A request of node:http as routes see it. */
export class IncomingCall implements HttpRequest {
  params: ReadonlyMap<string, string> = new Map();
  caller?: Caller;
  private body: Promise<Buffer> | undefined;
  private awaitsContinue: boolean;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    readonly signal: AbortSignal,
    private readonly share: BodyShare,
    awaitsContinue: boolean,
    private readonly maxBodyBytes: number,
  ) {
    this.awaitsContinue = awaitsContinue;
  }

  get headers(): IncomingMessage['headers'] {
    return this.request.headers;
  }

  get query(): URLSearchParams {
    const { url = '' } = this.request;
    const at = url.indexOf('?');
    return new URLSearchParams(at < 0 ? '' : url.slice(at).split('#', 1)[0]);
  }

  /** True if the client still waits to be asked for the body, and so may never send it. */
  get isBodyUnwanted(): boolean {
    return this.awaitsContinue;
  }

  param(name: string): string {
    return this.params.get(name) ?? '';
  }

  readBody(): Promise<Buffer> {
    this.body ??= readBody(this.request, this.maxBodyBytes, this.share, () => {
      if (this.awaitsContinue) this.response.writeContinue();
      this.awaitsContinue = false;
    });
    return this.body;
  }
}
