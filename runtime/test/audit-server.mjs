// A server with an audit log in a process of its own, which is killed. Started by fork() with options as JSON; tells
// its ports once its models are verified.
import { startRuntimeServer } from '@deephealth/runtime';

// Whoever started it is gone: nobody kills it then.
process.on('disconnect', () => process.exit(1));
const server = await startRuntimeServer(JSON.parse(process.argv[2]));
await server.verified;
process.send({ port: server.port, httpPort: server.httpPort, states: server.store.all().map(({ state }) => state) });
process.on('message', () => void server.stop().then(() => process.exit(0)));
