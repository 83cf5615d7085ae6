import type { FastifyRequest } from 'fastify';
import type { RunService, ServedChain } from '../runs/run-service.js';
import type { CallbackHosts } from './callback-hosts.js';
import type { ChainRoot } from './input-location.js';

/** A chain in the words of others. */
export interface ChainDescription {
  /** Text of a CWL v1.2 document. */
  readonly cwl: string;
  /** Process description of OGC API - Processes. */
  readonly ogcProcess: Readonly<Record<string, unknown>>;
}

export type DescribeChain = (chain: ServedChain) => ChainDescription;

/** Who runs the service, as WES names it. */
export interface Organization {
  readonly name: string;
  readonly url: string;
}

export interface FaceLimits {
  /** Of one request with files, all of it. */
  readonly maxUploadBytes: number;
  /** Of one JSON document, such as workflow_params or an execute request. */
  readonly maxDocumentBytes: number;
  /** Files of one request. */
  readonly maxFiles: number;
}

/** What the routes of both faces know. */
export interface FaceContext {
  readonly service: RunService;
  readonly describeChain: DescribeChain;
  readonly callbackHosts: CallbackHosts;
  readonly organization: Organization | undefined;
  readonly limits: FaceLimits;
  /** @throws DH_CALLER_UNAUTHENTICATED, DH_PERMISSION_DENIED */
  tenantOf(request: FastifyRequest): string;
  /** The chains whose models the caller may use; others are not there for it. */
  chainsOf(request: Pick<FastifyRequest, 'raw'>): readonly ServedChain[];
  rootsOf(tenant: string): readonly ChainRoot[];
  /** Where the caller reaches the server, without a slash at its end. */
  baseOf(request: FastifyRequest): string;
}
