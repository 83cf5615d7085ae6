// A server in a process of its own, so that its memory is nobody else's. Started by fork() with
// options as JSON; tells its port, and its memory when it is asked.
import { startRuntimeServer } from '@deephealth/runtime';

const server = await startRuntimeServer(JSON.parse(process.argv[2]));
await server.verified;

process.on('message', (question) => {
  if (question === 'stop') return void server.stop().then(() => process.disconnect());
  // What is garbage is no growth.
  globalThis.gc();
  const { rss, heapUsed } = process.memoryUsage();
  const hosts = server.store.all().flatMap((model) => model.hosts);
  process.send({ rssBytes: rss, heapBytes: heapUsed, hosts: hosts.length, versions: server.store.all().length });
});
process.send({ port: server.port });
