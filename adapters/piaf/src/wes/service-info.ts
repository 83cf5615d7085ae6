import type { FaceContext } from '../http/face-context.js';
import type { ServedChain } from '../runs/run-service.js';
import { VERSION } from '../version.js';
import { WORKFLOW_ENGINE, WORKFLOW_TYPE, WORKFLOW_TYPE_VERSION } from './run-request.js';

/** Whom it is said to. */
interface Asker {
  readonly tenant: string;
  /** Those that it may use. */
  readonly chains: readonly ServedChain[];
  /** Where it reaches the server. */
  readonly base: string;
}

/** `ServiceInfo` of WES 1.1, upon GA4GH's service-info 1.0. */
export function serviceInfo({ service, organization, rootsOf }: FaceContext, { tenant, chains, base }: Asker): object {
  const { host } = new URL(base);
  const roots = rootsOf(tenant);
  return {
    id: `org.deephealth.chains.${host.replace(/[^\w.-]/g, '-')}`,
    name: 'DeepHealth processing chains',
    type: { group: 'org.ga4gh', artifact: 'wes', version: '1.1.0' },
    description: 'Models over many studies, as runs.',
    organization: organization ?? { name: 'Operator of this service', url: base },
    documentationUrl: `${base}/auth-instructions`,
    version: VERSION,
    workflow_type_versions: { [WORKFLOW_TYPE]: { workflow_type_version: [WORKFLOW_TYPE_VERSION] } },
    supported_wes_versions: ['1.1.0'],
    supported_filesystem_protocols: roots.length > 0 ? ['file'] : [],
    workflow_engine_versions: { [WORKFLOW_ENGINE]: { workflow_engine_version: [VERSION] } },
    default_workflow_engine_parameters: [],
    system_state_counts: service.counts(tenant),
    auth_instructions_url: `${base}/auth-instructions`,
    tags: {
      chains: chains.map(({ id }) => id).join(' '),
      roots: roots.map(({ name }) => name).join(' '),
    },
  };
}
