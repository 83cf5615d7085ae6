import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import {
  type Fault,
  HARNESS_PROTOCOL,
  type HarnessAnswer,
  type HarnessCommand,
  parseCommand,
  type StartOrder,
} from './harness-protocol.js';

/** What a vendor writes: how to start, steer and stop the runtime. */
export interface HarnessDefinition {
  /** Starts the runtime on the suite's models; gives its address, "host:port" or "unix:/path". */
  start(order: StartOrder): Promise<string> | string;
  /** Brings back the state after the start, at the same address. */
  reset(): Promise<void> | void;
  /** Does this to the runtime; false if it cannot. Without it, no fault can be injected. */
  inject?(fault: Fault): Promise<boolean> | boolean;
  /** Ends the runtime, also one that has not started well; also called when the suite is gone. */
  stop(): Promise<void> | void;
}

interface Pipes {
  readonly input: Readable;
  readonly output: Writable;
}

/**
 * Makes this program a harness: answers the commands of the suite, one after the other, until "stop" or
 * the end of its input. Standard output belongs to the answers, so what console.log says goes to
 * standard error.
 */
export async function defineHarness(definition: HarnessDefinition, pipes?: Pipes): Promise<void> {
  const { input, output } = pipes ?? { input: process.stdin, output: process.stdout };
  if (pipes === undefined) console.log = console.error;
  let isRunning = false;
  for await (const line of createInterface({ input })) {
    const command = parseCommand(line);
    const write = (answer: HarnessAnswer) => output.write(`${JSON.stringify(answer)}\n`);
    if ('problem' in command) {
      const message = `this harness speaks protocol ${HARNESS_PROTOCOL} and cannot read the command (${command.problem})`;
      if (command.id === undefined) throw new Error(message);
      write({ id: command.id, error: { message } });
      continue;
    }
    const { id } = command;
    try {
      // Set before: what fails to start may run all the same.
      if (command.command === 'start') isRunning = true;
      write({ id, ...(await carryOut(definition, command)) });
    } catch (failed) {
      write({ id, error: { message: failed instanceof Error ? failed.message : String(failed) } });
    }
    if (command.command === 'stop') return;
  }
  // The suite is gone without a word.
  if (isRunning) await definition.stop();
}

async function carryOut(definition: HarnessDefinition, command: HarnessCommand): Promise<Omit<HarnessAnswer, 'id'>> {
  switch (command.command) {
    case 'start':
      return { address: await definition.start(command) };
    case 'reset':
      await definition.reset();
      return {};
    case 'inject':
      return (await definition.inject?.(command.fault)) === true ? {} : { unsupported: true };
    case 'stop':
      await definition.stop();
      return {};
  }
}
