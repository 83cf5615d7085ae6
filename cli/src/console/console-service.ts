import { resolve } from 'node:path';
import { type ConsoleSources, consoleRoutes, type Timeline } from '@deephealth/console';
import { DEFAULT_STATE_FOLDER, type InnerRoutes } from '@deephealth/runtime';
import { CLI_VERSION } from '../version.js';
import { adapterSources } from './adapter-sources.js';
import { auditSource } from './audit-source.js';
import { CallerConnections } from './caller-connections.js';
import { liveSource } from './live-source.js';
import { packageContents } from './package-contents.js';
import { ProcessFileReader } from './reader/file-reader.js';
import { reportsSource } from './reports-source.js';
import type { ShownAdapter } from './shown-adapter.js';
import { ttmipSource } from './ttmip-source.js';

export interface ConsoleServiceOptions {
  /** Of the server. Default ".deephealth" in the working folder. */
  readonly stateFolder?: string;
  /** Of the audit log, where the server keeps one. */
  readonly auditFolder?: string;
  /** Files to be tried, in a folder for each model. */
  readonly examplesFolder?: string;
  /** Host that the server listens at. */
  readonly host?: string;
  /** Whether the operator has let the server leave loopback without access control, behind a proxy. */
  readonly isBehindProxy?: boolean;
  /** Reads the timelines of a folder; absent: they are not shown. */
  readonly readTimelines?: (folder: string) => Promise<readonly Timeline[]>;
}

/** The console of a server of this process. */
export interface ConsoleService {
  /** For `startRuntimeServer({ innerRoutes })`. */
  readonly routes: InnerRoutes;
  /** The adapter that is served beside the server, once it is. */
  show(adapter: ShownAdapter | undefined): void;
  /** After the server has stopped. */
  close(): void;
}

export function createConsoleService(options: ConsoleServiceOptions): ConsoleService {
  const stateFolder = resolve(options.stateFolder ?? DEFAULT_STATE_FOLDER);
  const { auditFolder, examplesFolder, host = '127.0.0.1', isBehindProxy = false, readTimelines } = options;
  const files = new ProcessFileReader();
  let connections: CallerConnections | undefined;
  let adapter: ShownAdapter | undefined;
  return {
    routes(inside) {
      const calls = new CallerConnections(inside);
      connections = calls;
      const sources: ConsoleSources = {
        metrics: liveSource(inside),
        audit: auditSource(auditFolder === undefined ? undefined : resolve(auditFolder)),
        reports: reportsSource(resolve(stateFolder, 'reports')),
        ...adapterSources(() => adapter),
        ttmip: ttmipSource(resolve(stateFolder, 'ttmip'), readTimelines),
      };
      return consoleRoutes({
        server: { name: inside.serverName, version: CLI_VERSION },
        hasAccessControl: inside.hasAccessControl,
        ...(!isBehindProxy && { ownNames: [host.toLowerCase()] }),
        connect: (caller) => calls.connect(caller),
        packages: packageContents(inside, examplesFolder),
        files,
        sources,
      });
    },
    show(served) {
      adapter = served;
    },
    close() {
      connections?.close();
      files.close();
    },
  };
}
