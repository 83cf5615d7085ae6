import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import {
  type AccessGate,
  assertPermitted,
  type Caller,
  DeepHealthError,
  httpCredentials,
  RefusedCaller,
} from '@deephealth/sdk';
import { BodyBudget } from './body-budget.js';
import { isForeignPage } from './browser-guard.js';
import { errorResponse } from './error-response.js';
import { IncomingCall } from './incoming-call.js';
import type { HttpResponse, Route } from './route.js';
import { RouteTable } from './route-table.js';
import { brokenRequestAnswer, sendResponse } from './send-response.js';

/** Bodies of the largest size that may be held at once. */
const LARGEST_BODIES_HELD = 8;

export interface ConnectionOptions {
  readonly maxBodyBytes: number;
  readonly routes: readonly Route[];
  /** Absent: nobody is asked who they are. */
  readonly gate?: AccessGate;
  /** Sees callers that are not recognised, or may not do what they ask; for the log and the audit. */
  readonly onRefused?: (thrown: unknown, route: string, caller: Caller | undefined) => void;
  onError(thrown: unknown): void;
}

/** What runs on the connections of one server. */
export class Connections {
  private readonly table: RouteTable;
  private readonly budget: BodyBudget;
  private readonly sockets = new Set<Socket>();
  private readonly running = new Map<ServerResponse, AbortController>();
  private isStopping = false;

  constructor(private readonly options: ConnectionOptions) {
    this.table = new RouteTable(options.routes);
    this.budget = new BodyBudget(options.maxBodyBytes * LARGEST_BODIES_HELD);
  }

  add(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
  }

  /** Closes what waits for a request; Node itself would keep a connection that never had one. */
  stop(): void {
    this.isStopping = true;
    const busy = new Set([...this.running.keys()].map((response) => response.socket));
    for (const socket of this.sockets) if (!busy.has(socket)) socket.destroy();
  }

  abortAll(): void {
    for (const controller of this.running.values()) controller.abort();
  }

  report(thrown: unknown): void {
    try {
      this.options.onError(thrown);
    } catch {
      // A log that cannot be written is no reason to leave the client without an answer.
      process.emitWarning('The error of a request could not be logged.', 'DeepHealthWarning');
    }
  }

  serve(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void {
    const controller = new AbortController();
    const share = this.budget.open();
    this.running.set(response, controller);
    response.once('close', () => {
      this.running.delete(response);
      share.close();
      if (!response.writableFinished) controller.abort();
      // An answer that began before the stop has promised to keep the connection.
      if (this.isStopping) request.socket.destroySoon();
    });
    // Without a listener the error of a connection that breaks would end the process.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const call = new IncomingCall(
      request,
      response,
      controller.signal,
      share,
      awaitsContinue,
      this.options.maxBodyBytes,
    );
    this.answer(request, call)
      .then((answer) =>
        sendResponse(request, response, answer, {
          isLast: this.isStopping || call.isBodyUnwanted,
          isBodyUnwanted: call.isBodyUnwanted,
        }),
      )
      .catch((error) => {
        this.report(error);
        response.destroy();
      });
  }

  private async answer(request: IncomingMessage, call: IncomingCall): Promise<HttpResponse> {
    let form = this.table.failuresAt(request.url ?? '');
    try {
      if (this.isStopping) {
        throw new DeepHealthError('DH_SERVER_STOPPING', 'The server is shutting down and takes no new requests.');
      }
      const { method = '', url = '' } = request;
      const match = this.table.find(method, url);
      if (match === undefined) return errorResponse(unknown('This server has nothing at this path.'), 404);
      if ('allow' in match) {
        const allow = match.allow.join(', ');
        const refused = errorResponse(unknown(`The path takes: ${allow}.`), 405, match.failures);
        return { ...refused, headers: { ...refused.headers, allow } };
      }
      form = match.route.failures ?? form;
      if (match.route.method === 'POST' && isForeignPage(request.headers)) {
        return errorResponse(
          new DeepHealthError('DH_REQUEST_MALFORMED', 'Web pages of other origins may not send requests here.'),
          403,
          form,
        );
      }
      call.params = match.params;
      await this.admit(request, call, match.route);
      return await match.route.handle(call);
    } catch (error) {
      this.report(error);
      return errorResponse(error, undefined, form);
    }
  }

  /** Before a byte of the body is read. */
  private async admit(request: IncomingMessage, call: IncomingCall, route: Route): Promise<void> {
    const { access, path, recognisesCallers = false } = route;
    const { gate, onRefused } = this.options;
    if (gate === undefined || (access === 'open' && !recognisesCallers)) return;
    const credentials = httpCredentials(request);
    try {
      call.caller = await gate.authenticate(credentials);
      if (access !== 'open') assertPermitted(call.caller, access);
    } catch (thrown) {
      // A certificate that is nobody's shows that the connection is one of the house, and no more.
      const showsNothing = credentials.authorization.length === 0 && isRefusal(thrown);
      if (access === 'open' && showsNothing) return;
      onRefused?.(thrown, path, call.caller);
      throw thrown;
    }
  }

  /** Answers what the HTTP parser refuses, unless an answer has begun on the connection. */
  refuse(error: NodeJS.ErrnoException, socket: Socket): void {
    const running = [...this.running.keys()].find((response) => response.socket === socket);
    if (!socket.writable || error.code === 'ECONNRESET' || running?.headersSent === true) {
      socket.destroy();
      return;
    }
    socket.end(brokenRequestAnswer(error.code), () => socket.destroy());
  }
}

function isRefusal(thrown: unknown): boolean {
  return thrown instanceof DeepHealthError && thrown.cause instanceof RefusedCaller;
}

function unknown(message: string): DeepHealthError {
  return new DeepHealthError('DH_FEATURE_UNSUPPORTED', message);
}
