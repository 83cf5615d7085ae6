import {
  type ClientToken,
  createRuntimeClient,
  DeepHealthError,
  type PlatformFace,
  type RuntimeClient,
} from '@deephealth/sdk';
import type { FastifyPluginAsync } from 'fastify';
import { auditEvent } from './audit/audit-event.js';
import { AUDIT_FILE, type AuditOptions, AuditTrail } from './audit/audit-trail.js';
import { isLanguageTag } from './cards/languages.js';
import {
  type FeedbackEntry,
  InferenceRecords,
  type ModelStatistics,
  RECORDS_FILE,
} from './feedback/inference-records.js';
import { type RegionLinkOptions, RegionLinks } from './region/region-links.js';
import type { CallLogEntry } from './service/call-log.js';
import { CdsService } from './service/cds-service.js';
import type { Health } from './service/health.js';
import { openKillSwitch } from './service/kill-switch.js';
import { createPlatformFace } from './service/platform-face.js';
import { readCdsPackage } from './service/read-cds-package.js';
import { createServiceCatalog } from './service/service-catalog.js';
import { warmUp } from './service/warm-up.js';
import { createFastifyPlugin } from './transport/fastify.js';
import type { Answer } from './transport/http-message.js';
import { createNodeListener, type NodeListener } from './transport/node-http.js';
import { createClientTrust } from './trust/client-trust.js';
import { parseAllowedOrigins } from './trust/cors.js';
import type { TrustOptions } from './trust/trust-options.js';
import { OUTBOX_FILE } from './write-back/outbox.js';
import { WriteBack, type WriteBackLogEntry } from './write-back/write-back.js';
import type { WriteBackOptions } from './write-back/write-back-options.js';

/** What `createClinicalDecisionSupportAdapter` takes. */
export interface ClinicalDecisionSupportOptions {
  /** "host:port" of a runtime, or a client of it, which then is the caller's to close. */
  readonly runtime: string | RuntimeClient;
  /** The adapter's key or token towards the runtime, where `runtime` is an address. */
  readonly runtimeToken?: ClientToken;
  /** Folders of model packages with a `bindings/cds-hooks.json`. */
  readonly packages: readonly string[];
  /** Address that clients know the service by, with its path if it has one; https outside this machine. */
  readonly baseUrl: string;
  /** Who may call. */
  readonly trust: TrustOptions;
  /** Holds records, feedback, used tokens and what is switched off; only this process may use it. */
  readonly stateFolder: string;
  /** Origins of web pages that may call, such as "https://ehr.example". Default none. */
  readonly allowedOrigins?: readonly string[];
  /** Base URLs of the FHIR servers that may be read with a caller's token. Default none: prefetch alone counts. */
  readonly fhirServers?: readonly string[];
  /** Where results are written to once their card was made. Default: nowhere. */
  readonly writeBack?: WriteBackOptions;
  /** Links of cards to the region behind a score: how long they work, and how much is kept for them. */
  readonly regionLinks?: RegionLinkOptions;
  /** Keeps AuditEvents of what is read, asked and written. Default: only the inference records are kept. */
  readonly audit?: AuditOptions;
  /** Time for an answer, in ms; default 450. What is not ready then is refused, never sent late. */
  readonly deadlineMs?: number;
  /** Calls that are under way at most; more are refused with 503. Default 64. */
  readonly maxInFlight?: number;
  /** Largest body, and most that is read of a FHIR server for one prefetch key; default 5 MiB + 1. */
  readonly maxBodyBytes?: number;
  /** BCP 47 tags of the languages that cards are offered in, best first. Default English only. */
  readonly languages?: readonly string[];
  /** Clock; for tests. */
  readonly now?: () => Date;
  /** Called once a request; what it gets holds no value of a patient and no token. Default: nothing is logged. */
  readonly log?: (entry: AdapterLogEntry) => void;
}

/** What an operator is told. */
export type AdapterLogEntry =
  | CallLogEntry
  | WriteBackLogEntry
  /** At the start: a line of a file in the state folder is not the one that was written. */
  | { readonly level: 'error'; readonly event: 'record-altered'; readonly file: string; readonly line: number };

/** The service for a platform, in front of a runtime. */
export interface ClinicalDecisionSupportAdapter {
  /** For node:http, node:https and Express. */
  readonly listener: NodeListener;
  readonly fastifyPlugin: FastifyPluginAsync;
  /** The service as a function, for any other server. */
  readonly answer: Answer;
  /**
   * For `serveContractFace({ platform })`: the services as bindings of `deephealth.adapter.v1.PlatformAdapter`. Whoever
   * asks for one to be run shows what the same call over HTTP must show: trust is decided by the same code.
   */
  readonly platformFace: PlatformFace;
  /** Ids of the services, in the order of the packages. */
  readonly serviceIds: readonly string[];
  health(): Promise<Health>;
  /** Switches a service off at once and until it is revived, over restarts. Throws DH_CDS_SERVICE_NOT_FOUND. */
  kill(serviceId: string): Promise<void>;
  /** Throws DH_CDS_SERVICE_NOT_FOUND. */
  revive(serviceId: string): Promise<void>;
  statistics(): readonly ModelStatistics[];
  /**
   * The latest feedback, newest first.
   *
   * @param before only entries of a lower number
   */
  latestFeedback(before: number, limit: number, isShown?: (entry: FeedbackEntry) => boolean): readonly FeedbackEntry[];
  close(): Promise<void>;
}

const DEFAULT_DEADLINE_MS = 450;
const DEFAULT_MAX_IN_FLIGHT = 64;
const DEFAULT_MAX_BODY_BYTES = 5 * 1024 * 1024 + 1;

/**
 * A CDS Hooks 2.0.1 service in front of a runtime. It starts though the runtime may not answer yet; `health()`
 * says whether it does. Throws DH_CONFIG_INVALID, DH_CDS_BINDING_INVALID, and what reading a package throws.
 */
export async function createClinicalDecisionSupportAdapter(
  options: ClinicalDecisionSupportOptions,
): Promise<ClinicalDecisionSupportAdapter> {
  const baseUrl = checkBaseUrl(options.baseUrl);
  const allowedOrigins = parseAllowedOrigins(options.allowedOrigins ?? []);
  const fhirServers = new Set((options.fhirServers ?? []).map((url) => checkFhirServer('fhirServers', url)));
  const maxBodyBytes = atLeastOne('maxBodyBytes', options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES);
  const deadlineMs = atLeastOne('deadlineMs', options.deadlineMs ?? DEFAULT_DEADLINE_MS);
  const maxInFlight = atLeastOne('maxInFlight', options.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT);
  const languages = options.languages ?? ['en'];
  if (!languages.every(isLanguageTag)) throw invalid('languages', 'holds what is no BCP 47 language tag.');
  if (options.packages.length === 0) throw invalid('packages', 'names no package, so there would be no service.');
  const packages = await Promise.all(options.packages.map(readCdsPackage));
  const catalog = createServiceCatalog(packages, baseUrl);
  const now = options.now ?? (() => new Date());
  const log = options.log ?? (() => undefined);
  const regions = new RegionLinks(options.regionLinks ?? {}, now);
  warmUp(catalog, now());

  const { stateFolder, trust: trustOptions } = options;
  const trust = await createClientTrust({ ...trustOptions, stateFolder, now });
  const records = await InferenceRecords.open(stateFolder);
  const killSwitch = await openKillSwitch(stateFolder);
  const audit = options.audit === undefined ? undefined : await AuditTrail.open(stateFolder, checkAudit(options.audit));
  const writeBack =
    options.writeBack === undefined
      ? undefined
      : await openWriteBack({ ...options.writeBack, stateFolder, baseUrl, audit, now, log });
  const altered = [
    { file: RECORDS_FILE, line: records.brokenAtLine },
    { file: AUDIT_FILE, line: audit?.brokenAtLine },
    { file: OUTBOX_FILE, line: writeBack?.brokenAtLine },
  ].flatMap(({ file, line }) => (line === undefined ? [] : [{ file, line }]));
  for (const one of altered) log({ level: 'error', event: 'record-altered', ...one });
  const runtime =
    typeof options.runtime === 'string'
      ? createRuntimeClient({
          address: options.runtime,
          ...(options.runtimeToken !== undefined && { token: options.runtimeToken }),
        })
      : options.runtime;
  const service = new CdsService({
    catalog,
    trust,
    records,
    killSwitch,
    runtime,
    baseUrl,
    allowedOrigins,
    deadlineMs,
    maxInFlight,
    maxBodyBytes,
    maxBytes: maxBodyBytes,
    isFhirServerAllowed: (fhirServer) => fhirServers.has(withoutSlash(fhirServer)),
    languages,
    now,
    log,
    regions,
    writeBack,
    audit,
    altered,
  });
  let isStopping = false;
  const known = (serviceId: string) => {
    if (catalog.services.has(serviceId)) return;
    throw new DeepHealthError('DH_CDS_SERVICE_NOT_FOUND', 'There is no service of this id.');
  };
  return {
    answer: service.answer,
    listener: createNodeListener(service.answer, { maxBodyBytes, tooLarge: service.tooLarge }),
    fastifyPlugin: createFastifyPlugin(service.answer, service.tooLarge, maxBodyBytes),
    platformFace: createPlatformFace({ service, catalog, killSwitch, isStopping: () => isStopping }),
    serviceIds: [...catalog.services.keys()],
    health: () => service.health(),
    async kill(serviceId) {
      known(serviceId);
      await killSwitch.kill(serviceId);
    },
    async revive(serviceId) {
      known(serviceId);
      await killSwitch.revive(serviceId);
    },
    statistics: () => records.statistics(),
    latestFeedback: (...query) => records.latestFeedback(...query),
    async close() {
      isStopping = true;
      killSwitch.close();
      regions.close();
      if (typeof options.runtime === 'string') runtime.close();
      await Promise.all([records.close(), trust.close(), writeBack?.close()]);
      await audit?.close();
    },
  };
}

function checkBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    url.search !== '' ||
    url.hash !== '' ||
    url.username !== ''
  ) {
    throw invalid('baseUrl', 'is not the absolute http or https address that clients know the service by.');
  }
  return withoutSlash(url.href);
}

function checkFhirServer(setting: string, text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw invalid(setting, 'holds what is not the absolute address of a FHIR server.');
  }
  return withoutSlash(text);
}

function checkAudit(options: AuditOptions): AuditOptions {
  const { repository } = options;
  return repository === undefined
    ? options
    : { ...options, repository: checkFhirServer('audit.repository', repository) };
}

interface WriteBackSettings extends WriteBackOptions {
  readonly stateFolder: string;
  readonly baseUrl: string;
  readonly audit: AuditTrail | undefined;
  readonly now: () => Date;
  readonly log: (entry: AdapterLogEntry) => void;
}

function openWriteBack({ stateFolder, baseUrl, audit, ...settings }: WriteBackSettings): Promise<WriteBack> {
  const fhirServer = checkFhirServer('writeBack.fhirServer', settings.fhirServer);
  return WriteBack.open(stateFolder, {
    ...settings,
    fhirServer,
    async written({ requestId, patientId, identifier }, reference) {
      const what = reference === undefined ? { identifier } : { reference };
      const context = { baseUrl, requestId, patientId, at: settings.now() };
      await audit?.add([auditEvent({ kind: 'create', fhirServer, what }, context)]);
    },
  });
}

function atLeastOne(setting: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw invalid(setting, 'must be a whole number of at least 1.');
}

function invalid(setting: string, problem: string): DeepHealthError {
  return new DeepHealthError('DH_CONFIG_INVALID', `The setting ${setting} ${problem}`, { details: { setting } });
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
