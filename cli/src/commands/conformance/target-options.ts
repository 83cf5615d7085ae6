import {
  type AccessMaterial,
  callersToken,
  isLoopback,
  type LaunchedTarget,
  launchTarget,
  parseAddress,
  readAccess,
  readPackageSigner,
  START_LIMIT_MS,
  signModels,
  type TargetOptions,
} from '@deephealth/conformance';
import type { Command } from 'commander';
import { type CredentialFlags, readCredentials, readNamed, withCredentialOptions } from '../server-credentials.js';

/** Of every `conformance` command, beside those of a verdict. */
export const BAD_USAGE = 4;
const MS = 1000;

/** The command line is wrong: exit code 4. */
export class WrongUsage extends Error {}

/** The target cannot be started: exit code 2. */
export class NotStarted extends Error {}

/** What {@link withTargetOptions} adds. */
export interface TargetFlags extends CredentialFlags {
  readonly target?: string;
  readonly access?: string;
  readonly signKey?: string;
  readonly iOwnThisTarget?: boolean;
  readonly startTimeout: string;
}

/** Adds the options that say how the target is reached. */
export function withTargetOptions(command: Command): Command {
  return withCredentialOptions(
    command
      .argument('[command...]', 'after --: starts the target')
      .option('--target <address>', 'host:port or unix:/path of a target that listens already'),
    "the suite's",
  )
    .option(
      '--access <file>',
      'profile runtime-secure: what the suite needs to come as callers who may and as others who may not, as JSON',
    )
    .option(
      '--sign-key <file>',
      "sign the suite's packages, for a target that is started and serves signed ones only: private Ed25519 key (PEM)",
    )
    .option(
      '--i-own-this-target',
      'ask a target that is not on this machine: the suite sends what is meant to break things',
    )
    .option(
      '--start-timeout <seconds>',
      'longest wait for the handshake of a target that is started',
      String(START_LIMIT_MS / MS),
    );
}

/** Throws WrongUsage for options that contradict each other or name what is not there. */
export function checkTargetFlags(command: readonly string[], flags: TargetFlags, hasHarness = false): void {
  const { target, tlsCa, tlsCert, tlsKey, tlsName, startTimeout } = flags;
  const ways = [target !== undefined, command.length > 0, hasHarness].filter((isGiven) => isGiven);
  if (ways.length !== 1) {
    throw new WrongUsage(
      'Give either --target <address> or, after --, the command that starts the target (of a runtime also --harness).',
    );
  }
  if (target !== undefined) checkAddress(target, flags);
  if (target !== undefined && flags.signKey !== undefined) {
    throw new WrongUsage(
      '--sign-key is for a target that is started. For one that listens: deephealth conformance models export --sign-key.',
    );
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined)) throw new WrongUsage('--tls-cert and --tls-key go together.');
  if (tlsCa === undefined && (tlsCert !== undefined || tlsName !== undefined)) {
    throw new WrongUsage('--tls-cert, --tls-key and --tls-name need --tls-ca.');
  }
  if (!(Number(startTimeout) > 0))
    throw new WrongUsage(`--start-timeout must be a number above 0, not "${startTimeout}".`);
}

/** Throws WrongUsage for an address that is none, or that leads away from this machine without the word of its owner. */
export function checkAddress(address: string, { iOwnThisTarget = false }: Pick<TargetFlags, 'iOwnThisTarget'>): void {
  if (parseAddress(address) === undefined) {
    throw new WrongUsage(`"${address}" is no address: host:port, [::1]:port or unix:/path.`);
  }
  if (!iOwnThisTarget && !isLoopback(address)) {
    throw new WrongUsage(
      `${address} is not on this machine. The suite sends what is meant to break a server: add --i-own-this-target if it is yours to break.`,
    );
  }
}

/** What `--access` names; undefined without it. Throws WrongUsage. */
export function accessOf({ access }: TargetFlags): AccessMaterial | undefined {
  if (access === undefined) return undefined;
  read('--access', access);
  try {
    return readAccess(access);
  } catch (wrong) {
    throw new WrongUsage(`--access: ${access}: ${(wrong as Error).message}.`);
  }
}

/** How the target is spoken to, its address aside. Throws WrongUsage for files that cannot be read. */
export function connectionOf(flags: TargetFlags): Omit<TargetOptions, 'address'> {
  const { token, ...files } = readCredentials(flags, (message) => new WrongUsage(message));
  const sent = token ?? callersToken(accessOf(flags));
  return { ...files, ...(sent !== undefined && { token: sent }) };
}

/** Signs the packages of a folder with the key that `--sign-key` names, if there is one. Throws WrongUsage. */
export function signedStore(store: string, signKey: string | undefined): string {
  if (signKey === undefined) return store;
  const pem = read('--sign-key', signKey);
  try {
    signModels(store, readPackageSigner(pem));
  } catch (wrong) {
    if (!(wrong instanceof RangeError)) throw wrong;
    throw new WrongUsage(`--sign-key: ${wrong.message}.`);
  }
  return store;
}

export function transportOf(flags: TargetFlags): string {
  const words = flags.tlsCa === undefined ? 'plain text' : flags.tlsCert === undefined ? 'TLS' : 'mutual TLS';
  return flags.tokenFile === undefined && flags.access === undefined ? words : `${words} with a token`;
}

/** Reads a file that an option names; throws WrongUsage. */
export function read(option: string, file: string): Buffer {
  return readNamed(option, file, (message) => new WrongUsage(message));
}

/** Targets that this process has started; none of them outlives it. */
export class Launcher {
  readonly #launched = new Set<LaunchedTarget>();
  readonly #command: readonly string[];
  readonly #models: string;
  readonly #flags: TargetFlags;
  readonly #signal: AbortSignal;
  readonly #onExit = () => {
    for (const one of this.#launched) one.kill();
  };

  constructor(command: readonly string[], models: string, flags: TargetFlags, signal: AbortSignal) {
    this.#command = command;
    this.#models = models;
    this.#flags = flags;
    this.#signal = signal;
    process.once('exit', this.#onExit);
  }

  /**
   * Starts another one. Throws NotStarted.
   *
   * @param models folder of its models, if they are not all of the suite
   */
  async launch(models = this.#models): Promise<LaunchedTarget> {
    const startLimitMs = Number(this.#flags.startTimeout) * MS;
    const options = { startLimitMs, signal: this.#signal };
    const store = signedStore(models, this.#flags.signKey);
    const launched = await launchTarget(this.#command, store, options).catch((failed: Error) => {
      throw new NotStarted(failed.message);
    });
    this.#launched.add(launched);
    try {
      checkAddress(launched.address, this.#flags);
    } catch (wrong) {
      throw new NotStarted(`its handshake: ${(wrong as Error).message}`);
    }
    return launched;
  }

  /** All of them. */
  async stop(): Promise<void> {
    await Promise.all([...this.#launched].map((one) => one.stop()));
    process.off('exit', this.#onExit);
  }

  kill(): void {
    this.#onExit();
  }
}

/** Words as a shell takes them. */
export function quoted(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./{}-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}

/** Options as they were given, for the command that does it again. */
export function targetWords(flags: TargetFlags): string[] {
  const { target, tlsCa, tlsCert, tlsKey, tlsName, tokenFile, access, signKey, iOwnThisTarget, startTimeout } = flags;
  const pairs = [
    ['--target', target],
    ['--tls-ca', tlsCa],
    ['--tls-cert', tlsCert],
    ['--tls-key', tlsKey],
    ['--tls-name', tlsName],
    ['--token-file', tokenFile],
    ['--access', access],
    ['--sign-key', signKey],
    ['--start-timeout', startTimeout === String(START_LIMIT_MS / MS) ? undefined : startTimeout],
  ] as const;
  return [
    ...pairs.flatMap(([name, value]) => (value === undefined ? [] : [name, value])),
    ...(iOwnThisTarget === true ? ['--i-own-this-target'] : []),
  ];
}
