import { join } from 'node:path';
import {
  type AdapterLogEntry,
  type ClinicalDecisionSupportAdapter,
  createClinicalDecisionSupportAdapter,
} from '@deephealth/adapter-clinical-decision-support';
import { createJsonLog, type RuntimeServer, startRuntimeServer } from '@deephealth/runtime';
import type { Bundle } from 'fhir/r4.js';
import { type Ehr, startEhr } from './ehr-server.js';
import { type EmbeddedService, serveBesideOwnRoutes } from './embed-node-http.js';
import { readSamplePatients } from './sample-patients.js';

export interface SampleHostOptions {
  /** The folder `samples` of the repository. */
  readonly samples: string;
  readonly stateFolder: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly ehrPort: number;
  readonly morePatients?: readonly Bundle[];
  /** Of web pages that may call the service. Default the EHR's own. */
  readonly allowedOrigins?: readonly string[];
  /** Time for an answer, in ms. Default that of the adapter. */
  readonly deadlineMs?: number;
  /** Hears of each request to the service. Default nobody. */
  readonly log?: (entry: AdapterLogEntry) => void;
}

export interface SampleHost {
  readonly serviceUrl: string;
  readonly ehrUrl: string;
  readonly ehr: Ehr;
  readonly adapter: ClinicalDecisionSupportAdapter;
  stop(): Promise<void>;
}

/** Starts runtime, EHR and CDS service, each on a port of loopback. */
export async function startSampleHost(options: SampleHostOptions): Promise<SampleHost> {
  const { samples, morePatients = [] } = options;
  const model = 'heart-disease-risk';
  const runtime: RuntimeServer = await startRuntimeServer({
    models: [join(samples, 'models')],
    repository: { mode: 'explicit', load: [model] },
    port: 0,
    log: createJsonLog('warn'),
  });
  await runtime.verified;
  const ehr = await startEhr({
    patients: [...(await readSamplePatients(samples, new Date())), ...morePatients],
    page: join(samples, 'hosts', 'cds', 'page'),
    script: join(samples, 'dist', 'hosts', 'cds', 'page.js'),
    port: options.ehrPort,
  });
  const embedded: EmbeddedService = await serveBesideOwnRoutes(options.port, (baseUrl) =>
    createClinicalDecisionSupportAdapter({
      runtime: runtime.address,
      packages: [join(samples, 'models', model, '1.0.0')],
      baseUrl,
      // The key set of the sample EHR is served by http, on this machine alone.
      trust: { clients: [{ issuer: ehr.issuer, jku: [ehr.keySetUrl] }], allowInsecureForTests: true },
      stateFolder: options.stateFolder,
      allowedOrigins: options.allowedOrigins ?? [ehr.url],
      fhirServers: [`${ehr.url}/fhir`],
      languages: ['en', 'de', 'fr', 'it'],
      ...(options.deadlineMs === undefined ? {} : { deadlineMs: options.deadlineMs }),
      ...(options.log === undefined ? {} : { log: options.log }),
    }),
  );
  ehr.useService(embedded.baseUrl);
  return {
    serviceUrl: embedded.baseUrl,
    ehrUrl: ehr.url,
    ehr,
    adapter: embedded.adapter,
    async stop() {
      await Promise.all([ehr.close(), embedded.close()]);
      await runtime.stop();
    },
  };
}
