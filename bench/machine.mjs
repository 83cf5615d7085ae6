import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, totalmem } from 'node:os';

const require = createRequire(import.meta.url);
const GIB = 1024 ** 3;

function versionOf(name) {
  return require(`${name}/package.json`).version;
}

/** What figures depend on: the machine and what ran on it. */
export function describeMachine() {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / GIB),
    system: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    onnxruntimeNode: versionOf('onnxruntime-node'),
    grpcJs: versionOf('@grpc/grpc-js'),
    mlserver: /^mlserver==(.+)$/m.exec(
      readFileSync(new URL('./mlserver/requirements.txt', import.meta.url), 'utf8'),
    )[1],
  };
}
