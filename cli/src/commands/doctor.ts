import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { availableParallelism, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { describeIsolation, isFullyIsolated, openIsolation, probeHost } from '@deephealth/runtime';
import { Command } from 'commander';
import { EXIT } from '../exit-codes.js';
import { formatTable, printJson } from '../output/print.js';
import { withProgress } from '../output/progress.js';
import { integerOption } from './number-option.js';

interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'problem';
  readonly message: string;
}

const run = promisify(execFile);

export function createDoctorCommand(setExitCode: (code: number) => void): Command {
  return new Command('doctor')
    .description('Check whether this machine can serve models, and say what to mend.')
    .option('--port <number>', 'port that the server would use', integerOption(0, 65535), 8500)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ deephealth doctor')
    .action(async (options: { port: number; json?: boolean }) => {
      const checks = await withProgress('checking', options.json ?? false, () =>
        Promise.all(
          [nodeCheck(), compilerCheck(), portCheck(options.port), engineCheck(), isolationCheck(), memoryCheck()].map(
            (check) => Promise.resolve(check),
          ),
        ),
      );
      const all = checks.flat();
      if (all.some((check) => check.status === 'problem')) setExitCode(EXIT.refused);
      if (options.json) return printJson({ checks: all });
      process.stdout.write(
        `${formatTable(
          ['CHECK', 'STATUS', ''],
          all.map((c) => [c.name, c.status, c.message]),
        )}\n`,
      );
    });
}

function nodeCheck(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isEnough = major > 20 || (major === 20 && minor >= 19);
  return isEnough
    ? { name: 'node', status: 'ok', message: `Node ${process.versions.node}` }
    : { name: 'node', status: 'problem', message: `Node ${process.versions.node}; 20.19 or later is needed.` };
}

async function compilerCheck(): Promise<Check> {
  for (const command of ['g++', 'clang++', 'c++']) {
    try {
      const { stdout } = await run(command, ['--version']);
      return { name: 'compiler', status: 'ok', message: stdout.split('\n')[0] ?? command };
    } catch {
      // Not this one; the next may be there.
    }
  }
  return { name: 'compiler', status: 'warning', message: 'No C++ compiler; the TypeScript kernels serve instead.' };
}

function portCheck(port: number): Promise<Check> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () =>
      resolve({
        name: 'port',
        status: 'problem',
        message: `Port ${port} on 127.0.0.1 is in use. Stop the other program, or serve with --port.`,
      }),
    );
    probe.listen(port, '127.0.0.1', () =>
      probe.close(() => resolve({ name: 'port', status: 'ok', message: `Port ${port} on 127.0.0.1 is free.` })),
    );
  });
}

async function engineCheck(): Promise<Check[]> {
  const probe = await probeHost();
  if ('error' in probe) return [{ name: 'engine', status: 'problem', message: probe.error }];
  return [
    { name: 'engine', status: 'ok', message: `${probe.engine}, providers: ${probe.providers.join(', ')}` },
    probe.isTelemetryOff
      ? { name: 'telemetry', status: 'ok', message: 'Off: ORT_DISABLE_TELEMETRY=1 is set before ONNX Runtime loads.' }
      : {
          name: 'telemetry',
          status: 'problem',
          message: 'ORT_DISABLE_TELEMETRY is not set in the model host. Do not serve; report this.',
        },
  ];
}

function isolationCheck(): Check {
  const isolation = openIsolation();
  return {
    name: 'isolation',
    status: isFullyIsolated(isolation) ? 'ok' : 'warning',
    message: describeIsolation(isolation),
  };
}

function memoryCheck(): Check {
  const gib = (totalmem() / 2 ** 30).toFixed(1);
  return {
    name: 'machine',
    status: totalmem() < 2 ** 31 ? 'warning' : 'ok',
    message: `${availableParallelism()} processors, ${gib} GiB memory`,
  };
}
