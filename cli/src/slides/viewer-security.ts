import { loadServerConfig } from '@deephealth/runtime';
import {
  type AccessOptions,
  createAccessGate,
  DeepHealthError,
  RefusedCaller,
  type ServerSecurity,
  ServerTls,
  type ServerTlsOptions,
} from '@deephealth/sdk';

/** What of the command line says who may look, and how. */
export interface ViewerSecurityFlags {
  /** Configuration of a server, whose `tls` and `access` hold. */
  readonly config?: string;
  readonly tlsCertificate?: string;
  readonly tlsKey?: string;
  /** File of keys. */
  readonly access?: string;
}

interface Opened {
  readonly security: ServerSecurity;
  close(): Promise<void>;
}

/**
 * Opens what stands between a viewer and who looks; empty where nothing is asked for. A file that changes is read
 * again, as by a server.
 *
 * @throws DH_CONFIG_INVALID for what cannot be read, and for a configuration that has neither `tls` nor `access`
 */
export async function viewerSecurity(flags: ViewerSecurityFlags): Promise<Opened> {
  const { tls: files, access } = await settingsOf(flags);
  const tls = files && (await ServerTls.open(files, { onFailed: told }));
  try {
    const gate = access && (await createAccessGate({ ...access, onFailed: told }));
    return {
      security: { ...(tls && { tls }), ...(gate && { gate }), onRefused },
      async close() {
        tls?.close();
        await gate?.close();
      },
    };
  } catch (thrown) {
    tls?.close();
    throw thrown;
  }
}

interface Settings {
  readonly tls?: ServerTlsOptions;
  readonly access?: AccessOptions;
}

async function settingsOf({ config, tlsCertificate, tlsKey, access }: ViewerSecurityFlags): Promise<Settings> {
  if (config === undefined) {
    return {
      ...(tlsCertificate !== undefined &&
        tlsKey !== undefined && { tls: { certificate: tlsCertificate, key: tlsKey } }),
      ...(access !== undefined && { access: { keysFile: access } }),
    };
  }
  const { tls, access: ofServer } = await loadServerConfig(config);
  if (tls === undefined && ofServer === undefined) {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      'The configuration has neither "tls" nor "access". Add them, or leave --config out.',
      { details: { field: '/access', expected: '"tls" and "access"', received: 'neither' } },
    );
  }
  return { ...(tls && { tls }), ...(ofServer && { access: withoutSingleUse(ofServer) }) };
}

/**
 * A token for one call opens no page, which takes many. The memory of those that were used belongs to the server,
 * too: one process at a time may hold it, so that here a used one would count again.
 */
function withoutSingleUse({ tokens, ...access }: AccessOptions): AccessOptions {
  return tokens === undefined ? access : { ...access, tokens: tokens.filter(({ singleUse }) => singleUse !== true) };
}

/** Says why somebody was refused, and nothing of what was shown. */
function onRefused(thrown: unknown, _route: string, caller: { readonly subject: string } | undefined): void {
  const error = DeepHealthError.from(thrown);
  const why = error.cause instanceof RefusedCaller ? error.cause.reason : error.code;
  process.stderr.write(`Refused: ${caller === undefined ? '' : `${caller.subject}, `}${why}\n`);
}

/** The files that held before go on. */
function told(thrown: unknown): void {
  process.stderr.write(`${DeepHealthError.from(thrown).message} What was read before goes on.\n`);
}
