import type { RunRecord } from '@deephealth/adapter-piaf';
import type { ConsoleSources, JobRow } from '@deephealth/console';
import { ANONYMOUS, maySeeModel } from '@deephealth/sdk';
import type { ShownAdapter } from './shown-adapter.js';

const MOST_RUNS = 200;

const missing = (adapter: string) =>
  `No adapter "${adapter}" is served beside this server: see "deephealth serve --adapter".`;

/**
 * Sources of the adapter that is served beside the runtime.
 *
 * @param shown the adapter once it is served; it starts after the server
 */
export function adapterSources(
  shown: () => ShownAdapter | undefined,
): Pick<ConsoleSources, 'feedback' | 'rules' | 'jobs' | 'slides'> {
  return {
    feedback: {
      status: () =>
        shown()?.latestFeedback === undefined
          ? { available: false, reason: missing('clinical-decision-support') }
          : { available: true },
      page({ before = Number.POSITIVE_INFINITY, limit }, caller = ANONYMOUS) {
        const entries = shown()?.latestFeedback?.(before, limit + 1, ({ model }) => maySeeModel(caller, model)) ?? [];
        const page = entries.slice(0, limit);
        const last = page.at(-1);
        return {
          items: page.map(({ at, service, card, outcome, reason }) => ({
            ...{ at, service, card, outcome },
            ...(reason !== undefined && { reasons: [reason] }),
          })),
          ...(entries.length > limit && last && { next: last.number }),
        };
      },
    },
    rules: {
      status() {
        const rules = shown()?.rules;
        return rules === undefined
          ? { available: false, reason: missing('expressif') }
          : { available: true, url: `${rules.url}/v1/rule-bases` };
      },
      list(caller = ANONYMOUS) {
        const { url = '', ruleBases = [] } = shown()?.rules ?? {};
        const visible = ruleBases.filter(({ model }) => maySeeModel(caller, model));
        return { items: visible.map(({ id, title }) => ({ id, title, url: `${url}/v1/rule-bases/${id}/page` })) };
      },
    },
    jobs: {
      status() {
        const runs = shown()?.runs;
        if (runs === undefined) return { available: false, reason: missing('piaf') };
        return runs.hasOwnTenants
          ? {
              available: false,
              reason: 'Runs belong to tenants that have keys of their own at the service.',
              url: runs.url,
            }
          : { available: true, url: runs.url };
      },
      list(caller = ANONYMOUS) {
        const { url = '', latestRuns } = shown()?.runs ?? {};
        const visible = (latestRuns?.(caller, MOST_RUNS) ?? []).filter(({ chain }) =>
          maySeeModel(caller, chain.split('/', 1)[0] as string),
        );
        return visible.map((run) => toJobRow(run, url));
      },
    },
    slides: {
      status: () => ({
        available: false,
        reason: 'Slides are looked at in a viewer of their own: see "deephealth slide view".',
      }),
      list: () => ({ items: [] }),
    },
  };
}

function toJobRow({ runId, chain, state, progress, startedAt = '', endedAt }: RunRecord, url: string): JobRow {
  return {
    ...{ id: runId, chain, state, progress: progress / 100, startedAt },
    ...(endedAt !== undefined && { endedAt }),
    url: `${url}/ogc/jobs/${runId}`,
  };
}
