import type { Isolation } from '../isolation/isolation.js';
import type { PulledMetricDefinition } from './pulled-metric.js';

/** What the model hosts of this server are kept from, for alerts on machines where that is less than it should be. */
export function isolationMetric({ landlock, filtersCalls, hasOwnNetwork }: Isolation): PulledMetricDefinition {
  const samples = [
    { labels: { from: 'files' }, value: landlock > 0 ? 1 : 0 },
    { labels: { from: 'network' }, value: filtersCalls || hasOwnNetwork ? 1 : 0 },
    { labels: { from: 'processes' }, value: filtersCalls ? 1 : 0 },
  ];
  return {
    name: 'deephealth_host_isolation',
    help: '1 for what model hosts are kept from, 0 for what this machine leaves open to them.',
    type: 'gauge',
    samples: () => samples,
  };
}
