import { Command } from 'commander';
import { createConformanceAdapter } from './adapter.js';
import { createConformanceDoctor } from './doctor.js';
import { createConformanceExplain } from './explain.js';
import { createConformanceList } from './list.js';
import { createConformanceModels } from './models.js';
import { createConformanceRuntime } from './runtime.js';
import { createConformanceSelfTest } from './self-test.js';

export function createConformanceCommand(setExitCode: (code: number) => void): Command {
  const command = new Command('conformance').description(
    'Check whether a runtime or adapter keeps the contract, and tell where it does not.',
  );
  for (const part of [
    createConformanceRuntime(setExitCode),
    createConformanceDoctor(setExitCode),
    createConformanceAdapter(setExitCode),
    createConformanceModels(),
    createConformanceList(),
    createConformanceExplain(),
    createConformanceSelfTest(setExitCode),
  ]) {
    command.addCommand(part.exitOverride());
  }
  return command;
}
