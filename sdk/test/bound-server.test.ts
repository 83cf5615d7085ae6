import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

// In a process of its own: whatever runs tests may watch promises, too.
const PROGRAM = `
  import { ServerCredentials } from '@grpc/grpc-js';
  import { bindGrpcServer, createGrpcServer } from '@deephealth/sdk';
  // Promises that somebody watches carry the ids of their watchers.
  const isWatched = () => Object.getOwnPropertySymbols(new Promise(() => undefined)).length > 0;
  const servers = [1, 2].map(() => createGrpcServer({ maxMessageBytes: 1024 }));
  const ports = servers.map((server) => bindGrpcServer(server, '127.0.0.1:0', ServerCredentials.createInsecure()));
  const bound = await Promise.all(ports);
  console.log(JSON.stringify({ ports: new Set(bound).size, isWatched: isWatched() }));
  process.exit();
`;

it('a server that is bound leaves no watch over the promises of its process, which would cost every request', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    cwd: import.meta.dirname,
  });
  expect(JSON.parse(stdout)).toEqual({ ports: 2, isWatched: false });
});
