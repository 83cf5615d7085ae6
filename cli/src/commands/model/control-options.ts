import type { Command } from 'commander';
import { type ServerOptions, withServerOptions } from '../connection.js';

export interface ControlOptions extends ServerOptions {
  /** The same as `address`, and wins. */
  readonly server?: string;
  readonly json?: boolean;
}

/** Adds the options that every command about control has. */
export function withControlOptions(command: Command): Command {
  return withServerOptions(command)
    .option('--server <host:port>', 'the same as --address')
    .option('--json', 'print JSON');
}

/** The server that is meant, and how it is spoken to. */
export function serverOf({ server, ...options }: ControlOptions): ServerOptions {
  return { ...options, address: server ?? options.address };
}
