import type { Route } from './route.js';

/** GET /metrics, for a scraper. `render` is called for each request. */
export function metricsRoute(render: () => Promise<{ contentType: string; body: string }>): Route {
  return {
    method: 'GET',
    path: '/metrics',
    access: 'metrics.read',
    async handle() {
      const { contentType, body } = await render();
      return { status: 200, contentType, body: [Buffer.from(body)] };
    },
  };
}
