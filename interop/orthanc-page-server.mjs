// A page with dicom-microscopy-viewer on loopback, and Orthanc behind the same origin.
import { createReadStream, existsSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
};

/** Gives { url, close() }. `orthancUrl` is asked for each request. */
export async function servePage(root, orthancUrl) {
  const require = createRequire(join(root, 'samples', 'package.json'));
  const viewer = join(dirname(require.resolve('dicom-microscopy-viewer')), 'dynamic-import');
  const page = join(root, 'interop', 'orthanc');
  const client = createRequire(require.resolve('dicom-microscopy-viewer')).resolve('dicomweb-client');
  const files = {
    '/': join(page, 'page.html'),
    '/page.js': join(page, 'page.js'),
    '/dicomweb-client.js': join(dirname(client), 'dicomweb-client.es.js'),
  };
  const server = createServer((incoming, outgoing) => {
    const { pathname } = new URL(incoming.url, 'http://127.0.0.1');
    if (pathname.startsWith('/dicom-web/')) return forward(incoming, outgoing, orthancUrl());
    // Its workers, and the codecs that these load, are looked for in another folder than the viewer itself.
    const ofViewer = /^\/(?:dicom-microscopy-viewer|static\/js)\//.test(pathname);
    sendFile(outgoing, ofViewer ? join(viewer, basename(pathname)) : files[pathname]);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

function sendFile(outgoing, path) {
  if (path === undefined || !existsSync(path)) {
    outgoing.writeHead(404).end();
    return;
  }
  outgoing.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' });
  createReadStream(path).pipe(outgoing);
}

/** With the Host that the browser asked for: Orthanc names bulk data by it, which the page could not fetch otherwise. */
function forward(incoming, outgoing, orthancUrl) {
  const { method, url, headers } = incoming;
  const sent = request(new URL(url, orthancUrl), { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
  });
  sent.on('error', () => outgoing.destroy());
  incoming.pipe(sent);
}
