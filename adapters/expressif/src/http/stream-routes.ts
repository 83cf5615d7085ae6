import { PassThrough } from 'node:stream';
import { ANONYMOUS, bodyBytes, DeepHealthError, httpCallerOf } from '@deephealth/sdk';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify';
import type { RuleService } from '../decision/rule-service.js';
import type { StreamEvent } from '../service/stream-session.js';
import { type StreamSessions, streamKey } from '../service/stream-sessions.js';
import { deadlineOf } from './deadline-of.js';
import { RULE_BASE, type RuleBasePlace } from './rule-base-place.js';

export interface StreamRouteOptions {
  readonly streams: StreamSessions;
  readonly serviceOf: (request: FastifyRequest<RuleBasePlace>) => RuleService;
  /** What a caller needs, on a server with a gate. */
  readonly needs: RouteShorthandOptions;
}

interface Place extends RuleBasePlace {
  readonly Params: RuleBasePlace['Params'] & { readonly stream: string };
}

const STREAMS = `${RULE_BASE}/streams`;
const KEEP_ALIVE_MS = 15_000;

/** A rule base that is kept evaluated: values come one by one, and changes are told as server-sent events. */
export async function streamRoutes(app: FastifyInstance, options: StreamRouteOptions): Promise<void> {
  const { streams, serviceOf, needs } = options;
  app.post<RuleBasePlace>(STREAMS, needs, async (request, reply) =>
    reply.code(201).send({ stream: streams.open(serviceOf(request), tenantOf(request)) }),
  );

  app.post<Place & { Querystring: { readonly model?: string } }>(
    `${STREAMS}/:stream/inputs`,
    needs,
    async (request, reply) => {
      const { model } = request.query;
      if (model !== undefined && model !== 'ask') {
        throw new DeepHealthError('DH_REQUEST_MALFORMED', 'The query "model" can only be "ask".', {
          details: { field: 'model' },
        });
      }
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      return streams.take(serviceOf(request), keyOf(request), {
        ...{ body: bodyBytes(request), asksModel: model === 'ask', signal: gone.signal },
        deadlineMs: deadlineOf(request.headers['x-deadline-ms']),
      });
    },
  );

  app.get<Place>(`${STREAMS}/:stream`, needs, async (request) => {
    const session = streams.session(serviceOf(request), keyOf(request));
    return { ...session.state(), statistics: session.stream.statistics() };
  });

  app.get<Place>(`${STREAMS}/:stream/events`, needs, (request, reply) =>
    sendEvents(request, reply, streams, serviceOf(request)),
  );

  app.delete<Place>(`${STREAMS}/:stream`, needs, async (request, reply) => {
    streams.close(serviceOf(request), keyOf(request));
    return reply.code(204).send();
  });
}

/** From `Last-Event-ID` on where those events are kept; else from the state as it is. */
function sendEvents(
  request: FastifyRequest<Place>,
  reply: FastifyReply,
  streams: StreamSessions,
  service: RuleService,
): FastifyReply {
  const id = keyOf(request);
  const session = streams.session(service, id);
  const detach = streams.attach(service, id);
  const body = new PassThrough();
  const send = (event: StreamEvent) => {
    // Whoever reads too slowly comes again and goes on from where it was.
    if (!body.write(`id: ${event.sequence}\nevent: ${event.cause}\ndata: ${JSON.stringify(event)}\n\n`)) body.end();
  };
  const last = Number(request.headers['last-event-id'] ?? Number.NaN);
  const missed = Number.isInteger(last) ? session.eventsAfter(last) : undefined;
  for (const event of missed ?? [session.state()]) send(event);
  const unlisten = session.listen(send);
  const timer = setInterval(() => body.write(': still here\n\n'), KEEP_ALIVE_MS);
  const end = () => {
    clearInterval(timer);
    unlisten();
    detach();
  };
  body.once('close', end);
  reply.raw.once('close', () => body.destroy());
  return reply.header('content-type', 'text/event-stream; charset=utf-8').send(body);
}

function tenantOf({ raw }: Pick<FastifyRequest, 'raw'>): string {
  return (httpCallerOf(raw) ?? ANONYMOUS).tenant;
}

/** Streams of another tenant are not there, whoever has heard of their ids. */
function keyOf(request: FastifyRequest<Place>): string {
  return streamKey(tenantOf(request), request.params.stream);
}
