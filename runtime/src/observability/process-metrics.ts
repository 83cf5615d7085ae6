import { readdirSync, readFileSync } from 'node:fs';
import { eventLoopDelay } from './event-loop-delay.js';
import type { PulledMetricDefinition } from './pulled-metric.js';

/**
 * What the server's own process uses, under the names that Prometheus clients share, and the delay
 * of its event loop. prom-client's set is not taken: its gauges of event-loop lag are reset by every
 * scrape and are no number right after one.
 */
export function processMetrics(): PulledMetricDefinition[] {
  const delays = eventLoopDelay();
  const metric = (type: 'counter' | 'gauge', name: string, help: string, value: () => number | undefined) =>
    ({
      name,
      help,
      type,
      samples: () => {
        const found = value();
        return found === undefined ? [] : [{ labels: {}, value: found }];
      },
    }) as const;
  const startedAtSeconds = Math.round(performance.timeOrigin) / 1000;
  return [
    metric('counter', 'process_cpu_seconds_total', 'CPU time of the server process.', () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    }),
    metric('gauge', 'process_resident_memory_bytes', 'Resident memory of the server process.', () =>
      process.memoryUsage.rss(),
    ),
    metric('gauge', 'process_start_time_seconds', 'Start, in seconds since the epoch.', () => startedAtSeconds),
    metric('gauge', 'process_open_fds', 'Open file descriptors.', openFileDescriptors),
    metric('gauge', 'process_max_fds', 'Most file descriptors that may be open.', mostFileDescriptors),
    metric('gauge', 'nodejs_heap_size_total_bytes', 'JavaScript heap.', () => process.memoryUsage().heapTotal),
    metric('gauge', 'nodejs_heap_size_used_bytes', 'JavaScript heap in use.', () => process.memoryUsage().heapUsed),
    metric('gauge', 'nodejs_external_memory_bytes', 'Buffers outside the heap.', () => process.memoryUsage().external),
    {
      name: 'deephealth_event_loop_delay_seconds',
      help: 'How late timers of the server process fire, looked at 20 times a second.',
      type: 'histogram',
      samples: () => delays.samples('deephealth_event_loop_delay_seconds', {}),
    },
  ];
}

/** Undefined where the system does not tell: other systems than Linux. */
function openFileDescriptors(): number | undefined {
  try {
    // The one that lists the folder is open itself while it does.
    return readdirSync('/proc/self/fd').length - 1;
  } catch {
    return undefined;
  }
}

function mostFileDescriptors(): number | undefined {
  try {
    const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return limit === undefined ? undefined : Number(limit);
  } catch {
    return undefined;
  }
}
