import { fileURLToPath } from 'node:url';
import { toConsoleRoutes } from './api-route.js';
import { appRoutes } from './app-routes.js';
import type { ConsoleOptions } from './console-options.js';
import type { ConsoleRoute } from './console-route.js';
import { controlRoutes } from './control-routes.js';
import { modelRoutes } from './model-routes.js';
import { predictRoute } from './predict-route.js';
import { sessionRoute } from './session-route.js';
import { sourceRoutes } from './source-routes.js';

/**
 * The console: its page at `/console/`, and its API below `/console/api/v1/`. The page is open to everybody and holds
 * nothing of the server; each route of the API has its permission, and what is about models is asked of the contract as
 * the caller, so that the console adds no right to what the caller has.
 */
export function consoleRoutes(options: ConsoleOptions): ConsoleRoute[] {
  const api = [
    sessionRoute(options),
    ...modelRoutes(options),
    predictRoute(options),
    ...controlRoutes(options),
    ...sourceRoutes(options),
  ];
  const appFolder = options.appFolder ?? fileURLToPath(new URL('app', import.meta.url));
  return [...appRoutes(appFolder), ...toConsoleRoutes(api, options)];
}
