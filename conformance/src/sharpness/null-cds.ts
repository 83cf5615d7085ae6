import { type JsonAnswer, serveJson } from '../simulators/http-json.js';
import type { StartedCds } from './check-cds-sharpness.js';

/** A service that does nothing of what a service is for. */
export interface NullCds {
  readonly id: string;
  readonly title: string;
  /** It never answers. */
  readonly isSilent: boolean;
  start(): Promise<StartedCds>;
}

const CARD = {
  uuid: '6bd6ff4c-0000-4000-8000-000000000000',
  summary: 'All is well.',
  indicator: 'info',
  source: {
    label: 'Nobody',
    url: 'https://nobody.example/',
    topic: { code: 'none', system: 'https://nobody.example' },
  },
};

/** What answers without doing anything. None of them may pass a single MUST. */
export const NULL_CDS: readonly NullCds[] = [
  nothing('N-C1', 'knows nothing', () => ({ status: 404 })),
  nothing('N-C2', 'answers every call with no cards, and every discovery with no services', () => ({
    status: 200,
    body: { cards: [], services: [] },
  })),
  nothing('N-C3', 'answers every call with one card that fits all', () => ({ status: 200, body: { cards: [CARD] } })),
  nothing('N-C4', 'trusts nobody', () => ({ status: 401 })),
  nothing('N-C5', 'finds that something is missing in every call', () => ({ status: 412 })),
  nothing('N-C6', 'is always overloaded', () => ({ status: 503, headers: { 'retry-after': '1' } })),
  nothing('N-C7', 'gives back what it gets', ({ body }) => ({ status: 200, text: body })),
  nothing('N-C8', 'ends every connection', () => undefined),
  nothing('N-C9', 'never answers', () => new Promise<JsonAnswer>(() => undefined), true),
];

function nothing(
  id: string,
  title: string,
  answer: (request: { readonly body: string }) => JsonAnswer | Promise<JsonAnswer>,
  isSilent = false,
): NullCds {
  const start = async () => {
    const server = await serveJson(answer);
    return { baseUrl: server.url, log: [], stop: server.stop };
  };
  return { id, title, isSilent, start };
}
