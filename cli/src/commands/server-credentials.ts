import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ClientTlsOptions, createClientTls, DeepHealthError, type RuntimeClientOptions } from '@deephealth/sdk';
import type { Command } from 'commander';

/** What {@link withCredentialOptions} adds: how a server is spoken to, and who asks. */
export interface CredentialFlags {
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsName?: string;
  readonly tokenFile?: string;
}

/** The files of {@link CredentialFlags}, read. */
export interface CredentialFiles {
  readonly tls?: ClientTlsOptions;
  readonly token?: string;
}

/** Files by variables of the environment; a secret itself is neither an argument nor a variable. */
const VARIABLES = {
  tlsCa: 'DEEPHEALTH_TLS_CA',
  tlsCert: 'DEEPHEALTH_TLS_CERT',
  tlsKey: 'DEEPHEALTH_TLS_KEY',
  tlsName: 'DEEPHEALTH_TLS_NAME',
  tokenFile: 'DEEPHEALTH_TOKEN_FILE',
} as const;

/** Adds the options of a command that asks a server. @param who as in "the suite's" */
export function withCredentialOptions(command: Command, who = "the caller's"): Command {
  return command
    .option('--tls-ca <file>', 'speak TLS, and trust this authority (PEM)')
    .option('--tls-cert <file>', `${who} own certificate, for a server that asks for one (PEM)`)
    .option('--tls-key <file>', 'and its key (PEM)')
    .option('--tls-name <name>', "name in the server's certificate, if it is not the host of the address")
    .option('--token-file <file>', 'send the key or token in this file with every call, as authorization: Bearer');
}

/** The flags, and where they are not given what the environment says. */
export function withEnvironment(flags: CredentialFlags, environment = process.env): CredentialFlags {
  const given = Object.entries(VARIABLES).flatMap(([flag, variable]) => {
    const value = flags[flag as keyof CredentialFlags] ?? environment[variable];
    return value === undefined || value === '' ? [] : [[flag, value]];
  });
  return Object.fromEntries(given) as CredentialFlags;
}

/**
 * Reads the files that flags name.
 *
 * @param wrong makes the error for flags that contradict each other, or files that cannot be read
 */
export function readCredentials(flags: CredentialFlags, wrong: (message: string) => Error): CredentialFiles {
  const { tlsCa, tlsCert, tlsKey, tlsName, tokenFile } = flags;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) throw wrong('--tls-cert and --tls-key go together.');
  if (tlsCa === undefined && (tlsCert !== undefined || tlsName !== undefined)) {
    throw wrong('--tls-cert, --tls-key and --tls-name need --tls-ca.');
  }
  const read = (option: string, file: string) => readNamed(option, file, wrong);
  const token = tokenFile === undefined ? undefined : read('--token-file', tokenFile).toString('utf8').trim();
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw wrong('--token-file must hold one token of printable characters.');
  }
  const tls =
    tlsCa === undefined
      ? undefined
      : {
          ca: read('--tls-ca', tlsCa),
          ...(tlsCert !== undefined && { certificate: read('--tls-cert', tlsCert) }),
          ...(tlsKey !== undefined && { key: read('--tls-key', tlsKey) }),
          ...(tlsName !== undefined && { name: tlsName }),
        };
  return { ...(tls !== undefined && { tls }), ...(token !== undefined && { token }) };
}

/**
 * Flags and environment as words of a command line, for a task that is another process, in another folder and without
 * this environment. They name files, and no secret.
 *
 * @throws DH_CONFIG_INVALID for what could not be used
 */
export function credentialWords(flags: CredentialFlags): string[] {
  clientCredentials(flags);
  const { tlsCa, tlsCert, tlsKey, tlsName, tokenFile } = withEnvironment(flags);
  const files = { '--tls-ca': tlsCa, '--tls-cert': tlsCert, '--tls-key': tlsKey, '--token-file': tokenFile };
  return [
    ...Object.entries(files).flatMap(([option, file]) => (file === undefined ? [] : [option, resolve(file)])),
    ...(tlsName === undefined ? [] : ['--tls-name', tlsName]),
  ];
}

/** Reads a file that an option names. */
export function readNamed(option: string, file: string, wrong: (message: string) => Error): Buffer {
  try {
    return readFileSync(file);
  } catch (failed) {
    throw wrong(`${option}: ${file} cannot be read (${(failed as NodeJS.ErrnoException).code}).`);
  }
}

/**
 * How a client of the contract speaks to the server: what flags and environment say.
 *
 * @throws DH_CONFIG_INVALID
 */
export function clientCredentials(flags: CredentialFlags): Pick<RuntimeClientOptions, 'credentials' | 'token'> {
  const { tls, token } = readCredentials(
    withEnvironment(flags),
    (message) => new DeepHealthError('DH_CONFIG_INVALID', message),
  );
  return { ...(tls !== undefined && { credentials: createClientTls(tls) }), ...(token !== undefined && { token }) };
}
