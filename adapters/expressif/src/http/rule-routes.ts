import { ANONYMOUS, bodyBytes, httpCallerOf, maySeeModel } from '@deephealth/sdk';
import type { FastifyInstance, FastifyRequest, RouteShorthandOptions } from 'fastify';
import { ruleBaseDetail, ruleBaseSummary } from '../decision/rule-base-description.js';
import type { DecisionService } from '../service/decision-service.js';
import { deadlineOf } from './deadline-of.js';
import { editRules } from './edit-rules.js';
import { evaluateForPage } from './evaluate-for-page.js';
import { findingsOf } from './findings-of.js';
import { RULE_BASE, type RuleBasePlace } from './rule-base-place.js';
import { rulePage, rulePageAnswer } from './rule-page.js';
import { rulesAs } from './rules-as.js';
import { streamRoutes } from './stream-routes.js';

export interface RuleRouteOptions {
  readonly decisions: DecisionService;
  /** Throws for a header `authorization` that does not allow to change rules. */
  readonly mayEdit: (authorization: string | undefined) => void;
}

/** What a route needs of its caller. */
const OPEN = { config: { access: 'open' } } satisfies RouteShorthandOptions;
const READ = { config: { access: 'models.read' } } satisfies RouteShorthandOptions;
const ASK = { config: { access: 'predict' } } satisfies RouteShorthandOptions;
const WRITE = { config: { access: 'bindings.write' } } satisfies RouteShorthandOptions;

type LanguagePlace = RuleBasePlace & { readonly Querystring: { readonly language?: string } };

/** What the rule server answers; each path in docs/guides/expressif.md. */
export async function ruleRoutes(app: FastifyInstance, { decisions, mayEdit }: RuleRouteOptions): Promise<void> {
  const serviceOf = ({ params: { model, version, label } }: FastifyRequest<RuleBasePlace>) =>
    decisions.service(`${model}/${version}/${label}`);

  app.get('/health/live', OPEN, async () => ({ state: decisions.state }));
  app.get('/v1/rule-bases', READ, async ({ raw }) => {
    const caller = httpCallerOf(raw) ?? ANONYMOUS;
    const visible = decisions.services.filter(({ manifest }) => maySeeModel(caller, manifest.name));
    return { ruleBases: visible.map(ruleBaseSummary) };
  });
  app.get<RuleBasePlace>(RULE_BASE, READ, async (request) => ruleBaseDetail(serviceOf(request)));
  app.get<RuleBasePlace & { Querystring: { readonly format?: string } }>(
    `${RULE_BASE}/rules`,
    READ,
    async (request, reply) => {
      const { type, text } = rulesAs(serviceOf(request), request.query.format);
      return reply.type(type).send(text);
    },
  );
  app.get<RuleBasePlace>(`${RULE_BASE}/lint`, READ, async (request) => ({
    findings: findingsOf(serviceOf(request).rules.current()),
  }));
  app.get<RuleBasePlace>(`${RULE_BASE}/history`, READ, async (request) => ({
    versions: serviceOf(request).rules.history(),
  }));
  app.get<LanguagePlace>(`${RULE_BASE}/page`, READ, async (request, reply) => {
    const { html, policy } = rulePage(serviceOf(request), request.query.language);
    return reply.header('content-security-policy', policy).type('text/html; charset=utf-8').send(html);
  });
  app.post<LanguagePlace>(`${RULE_BASE}/page/answer`, ASK, async (request) =>
    rulePageAnswer(serviceOf(request), bodyBytes(request), request.query.language),
  );
  app.post<RuleBasePlace>(`${RULE_BASE}/decisions`, ASK, async (request, reply) => {
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const { id } = serviceOf(request);
    const { decision } = await decisions.decide({
      ...{ id, body: bodyBytes(request), signal: gone.signal },
      deadlineMs: deadlineOf(request.headers['x-deadline-ms']),
    });
    return decision;
  });
  app.post<RuleBasePlace>(`${RULE_BASE}/evaluations`, ASK, async (request) =>
    evaluateForPage(serviceOf(request), bodyBytes(request)),
  );
  app.post<RuleBasePlace>(`${RULE_BASE}/edits`, WRITE, async (request) => {
    mayEdit(request.headers.authorization);
    return editRules(serviceOf(request), bodyBytes(request));
  });
  await app.register(streamRoutes, { streams: decisions.streams, serviceOf, needs: ASK });
}
