import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { notFound } from './api-route.js';
import type { ConsoleResponse, ConsoleRoute } from './console-route.js';
import { ASSET_HEADERS, PAGE_HEADERS } from './security-headers.js';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
};

const INDEX = 'index.html';

const NOT_BUILT = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>DeepHealth console</title></head>
<body>
<h1>The console's page was not built</h1>
<p>The server runs, and its API answers below <code>/console/api/v1/</code>. Run <code>npm run build</code> for the page.</p>
</body>
</html>
`;

/** The page and its files, for everybody: they hold nothing of this server. */
export function appRoutes(folder: string): ConsoleRoute[] {
  const files = readApp(folder);
  const toConsole: ConsoleResponse = {
    ...{ status: 301, contentType: 'text/plain; charset=utf-8', body: [] },
    headers: { ...PAGE_HEADERS, location: '/console/' },
  };
  const open = { method: 'GET', access: 'open', failures: 'object' } as const;
  return [
    { ...open, path: '/', handle: () => toConsole },
    { ...open, path: '/console', handle: () => toConsole },
    { ...open, path: '/console/{file...}', handle: (request) => answerFor(request.param('file'), files) },
  ];
}

/** Places of the page itself have no ending; they are the page's to tell apart. */
function answerFor(path: string, files: ReadonlyMap<string, ConsoleResponse>): ConsoleResponse {
  const file = files.get(path);
  if (file !== undefined) return file;
  const isPlace = !path.startsWith('api/') && path !== 'api' && extname(path) === '' && !path.includes('..');
  const page = isPlace ? files.get(INDEX) : undefined;
  if (page !== undefined) return page;
  const missing = new DeepHealthError('DH_CONSOLE_ITEM_NOT_FOUND', 'The console has nothing at this path.');
  return notFound(missing);
}

/** Read once: a path of a request is looked up among the names that there are, and never opens a file. */
function readApp(folder: string): Map<string, ConsoleResponse> {
  const files = new Map<string, ConsoleResponse>();
  for (const name of listFiles(folder)) {
    const mediaType = MEDIA_TYPES[extname(name)];
    // What a browser has no use for, such as source maps, is not served.
    if (mediaType === undefined) continue;
    // As Vite names them: a digest of at least eight characters before the ending.
    const isHashed = /[.-][\w-]{8,}\.\w+$/.test(name) && name.startsWith('assets/');
    files.set(name, {
      status: 200,
      contentType: mediaType,
      body: [readFileSync(join(folder, name))],
      headers: isHashed ? ASSET_HEADERS : PAGE_HEADERS,
    });
  }
  const index = files.get(INDEX) ?? {
    status: 200,
    contentType: MEDIA_TYPES['.html'] as string,
    body: [Buffer.from(NOT_BUILT)],
    headers: PAGE_HEADERS,
  };
  return files.set(INDEX, index).set('', index);
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(folder, name)).isFile())
      .map((name) => name.split(sep).join('/'));
  } catch {
    return [];
  }
}
