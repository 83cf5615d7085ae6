import { readFileSync } from 'node:fs';
import { register } from 'prom-client';
import { describe, expect, it, vi } from 'vitest';
import type { FinishedRequest } from '../lifecycle/run-observer.js';
import { ENGINE_NAME, RUNTIME_VERSION } from '../version.js';
import type { ModelStateSample } from './model-state-sample.js';
import { RuntimeMetrics } from './runtime-metrics.js';

const heart: ModelStateSample = {
  name: 'heart',
  version: '1.0.0',
  state: 'READY',
  isSuspended: false,
  queueLength: 0,
  running: 0,
  openSequences: 0,
  hosts: [],
  hostRestarts: 0,
};
const answered: FinishedRequest = {
  priority: 'ROUTINE',
  code: undefined,
  totalUs: 12_000,
  queueUs: 1_500,
  timings: { preprocessUs: 200, inferenceUs: 9_000, postprocessUs: 90 },
  batchSize: 1,
};

/** Metrics over a store that the test may change. */
function metricsOf(...initial: ModelStateSample[]) {
  const store = { versions: initial, asked: 0 };
  const metrics = new RuntimeMetrics({
    collectState: () => {
      store.asked += 1;
      return store.versions;
    },
    collectShadows: () => [
      {
        name: initial[0]?.name ?? 'none',
        version: '2',
        compared: 1,
        sameDecisions: 1,
        sameValues: 0,
        failed: 0,
        dropped: 0,
        largestDifference: 0.5,
      },
    ],
  });
  /** Sample lines of our own series whose name begins so, without comments. */
  const lines = async (prefix: string) => {
    const { body } = await metrics.render();
    return body.split('\n').filter((line) => line.startsWith(prefix));
  };
  return { metrics, store, lines };
}

describe('metrics of requests', () => {
  it('count answers by model, version, priority and code', async () => {
    const { metrics, lines } = metricsOf(heart);
    metrics.onFinished(heart, answered);
    metrics.onFinished(heart, answered);
    metrics.onFinished(heart, { ...answered, priority: 'STAT' });
    metrics.onFinished(heart, { ...answered, code: 'DH_MODEL_OUTPUT_INVALID' });
    expect(await lines('deephealth_requests_total')).toEqual([
      'deephealth_requests_total{model="heart",version="1.0.0",priority="STAT",code="OK"} 1',
      'deephealth_requests_total{model="heart",version="1.0.0",priority="ROUTINE",code="OK"} 2',
      'deephealth_requests_total{model="heart",version="1.0.0",priority="ROUTINE",code="MODEL_OUTPUT_INVALID"} 1',
    ]);
  });

  it('put durations into buckets of seconds, from a tenth of a millisecond to a minute', async () => {
    const { metrics, lines } = metricsOf(heart);
    metrics.onFinished(heart, answered);
    const request = 'deephealth_request_duration_seconds';
    const labels = 'model="heart",version="1.0.0",priority="ROUTINE"';
    const found = await lines(request);
    expect(found).toHaveLength(21);
    expect(found[0]).toBe(`${request}_bucket{${labels},le="0.0001"} 0`);
    expect(found.slice(6, 8)).toEqual([
      `${request}_bucket{${labels},le="0.01"} 0`,
      `${request}_bucket{${labels},le="0.025"} 1`,
    ]);
    expect(found.slice(17)).toEqual([
      `${request}_bucket{${labels},le="60"} 1`,
      `${request}_bucket{${labels},le="+Inf"} 1`,
      `${request}_sum{${labels}} 0.012`,
      `${request}_count{${labels}} 1`,
    ]);
  });

  it('time every stage once a request', async () => {
    const { metrics, lines } = metricsOf(heart);
    metrics.onFinished(heart, answered);
    metrics.onFinished(heart, { ...answered, timings: { preprocessUs: 300, inferenceUs: 1_000, postprocessUs: 10 } });
    const sums = (await lines('deephealth_')).filter((line) => /_seconds_(sum|count)\{/.test(line));
    const version = 'model="heart",version="1.0.0"';
    expect(sums).toEqual([
      `deephealth_request_duration_seconds_sum{${version},priority="ROUTINE"} 0.024`,
      `deephealth_request_duration_seconds_count{${version},priority="ROUTINE"} 2`,
      `deephealth_queue_duration_seconds_sum{${version},priority="ROUTINE"} 0.003`,
      `deephealth_queue_duration_seconds_count{${version},priority="ROUTINE"} 2`,
      `deephealth_preprocess_duration_seconds_sum{${version}} 0.0005`,
      `deephealth_preprocess_duration_seconds_count{${version}} 2`,
      `deephealth_inference_duration_seconds_sum{${version}} 0.01`,
      `deephealth_inference_duration_seconds_count{${version}} 2`,
      `deephealth_postprocess_duration_seconds_sum{${version}} 0.0001`,
      `deephealth_postprocess_duration_seconds_count{${version}} 2`,
      `deephealth_execution_duration_seconds_sum{${version}} 0`,
      `deephealth_execution_duration_seconds_count{${version}} 0`,
    ]);
  });

  it('count an execution that several requests share once, with its size', async () => {
    const { metrics, lines } = metricsOf(heart);
    for (let item = 0; item < 3; item++) metrics.onFinished(heart, { ...answered, batchSize: 3 });
    metrics.onExecution(heart, 3, 9_000);
    metrics.onExecution(heart, 1, 3_000);
    const version = 'model="heart",version="1.0.0"';
    expect(await lines('deephealth_executions_total')).toEqual([`deephealth_executions_total{${version}} 2`]);
    expect((await lines('deephealth_batch_size')).slice(0, 3)).toEqual([
      `deephealth_batch_size_bucket{${version},le="1"} 1`,
      `deephealth_batch_size_bucket{${version},le="2"} 1`,
      `deephealth_batch_size_bucket{${version},le="4"} 2`,
    ]);
    expect(await lines('deephealth_batch_size_sum')).toEqual([`deephealth_batch_size_sum{${version}} 4`]);
    expect(await lines('deephealth_execution_duration_seconds_sum')).toEqual([
      `deephealth_execution_duration_seconds_sum{${version}} 0.012`,
    ]);
  });

  it('count as rejected what ended before it ran, and not what failed while it ran', async () => {
    const { metrics, lines } = metricsOf(heart);
    const waited = { ...answered, timings: undefined, batchSize: 0 };
    metrics.onFinished(heart, { ...waited, code: 'DH_QUEUE_FULL' });
    metrics.onFinished(heart, { ...waited, code: 'DH_DEADLINE_EXCEEDED' });
    metrics.onFinished(heart, { ...answered, batchSize: 2, code: 'DH_CANCELLED' });
    metrics.onFinished(heart, { ...waited, code: 'DH_MODEL_RUN_TIMEOUT' });
    metrics.onRefused(heart, 'STAT', 'DH_TENSOR_SHAPE_MISMATCH');
    metrics.onFinished(heart, answered);
    expect(await lines('deephealth_rejected_total')).toEqual([
      'deephealth_rejected_total{model="heart",version="1.0.0",reason="QUEUE_FULL"} 1',
      'deephealth_rejected_total{model="heart",version="1.0.0",reason="DEADLINE_EXCEEDED"} 1',
      'deephealth_rejected_total{model="heart",version="1.0.0",reason="TENSOR_SHAPE_MISMATCH"} 1',
    ]);
    expect(await lines('deephealth_requests_total')).toHaveLength(6);
  });
});

describe('metrics of model versions', () => {
  it('show queue, runs, sequences and hosts as they are at the scrape, and no memory that is not known yet', async () => {
    const busy: ModelStateSample = {
      ...heart,
      queueLength: 7,
      running: 2,
      openSequences: 3,
      hosts: [
        { pid: 4711, rssBytes: 104_857_600 },
        { pid: 4712, rssBytes: 52_428_800 },
      ],
    };
    const { store, lines } = metricsOf(busy);
    const version = 'model="heart",version="1.0.0"';
    expect(await lines('deephealth_queue_length')).toEqual([`deephealth_queue_length{${version}} 7`]);
    expect(await lines('deephealth_running')).toEqual([`deephealth_running{${version}} 2`]);
    expect(await lines('deephealth_open_sequences')).toEqual([`deephealth_open_sequences{${version}} 3`]);
    expect(await lines('deephealth_hosts')).toEqual([`deephealth_hosts{${version}} 2`]);
    expect(await lines('deephealth_host_resident')).toEqual([
      `deephealth_host_resident_memory_bytes{${version},host="0"} 104857600`,
      `deephealth_host_resident_memory_bytes{${version},host="1"} 52428800`,
    ]);
    store.versions = [
      {
        ...heart,
        hosts: [
          { pid: 4713, rssBytes: 0 },
          { pid: 4714, rssBytes: 1 },
        ],
      },
    ];
    expect(await lines('deephealth_queue_length')).toEqual([`deephealth_queue_length{${version}} 0`]);
    expect(await lines('deephealth_host_resident')).toEqual([
      `deephealth_host_resident_memory_bytes{${version},host="1"} 1`,
    ]);
  });

  it('are 1 for exactly one state', async () => {
    const { lines } = metricsOf({ ...heart, state: 'QUARANTINED' });
    const state = (name: string) => `deephealth_model_state{model="heart",version="1.0.0",state="${name}"}`;
    expect(await lines('deephealth_model_state')).toEqual([
      `${state('DISCOVERED')} 0`,
      `${state('VERIFYING')} 0`,
      `${state('READY')} 0`,
      `${state('DRAINING')} 0`,
      `${state('UNLOADED')} 0`,
      `${state('QUARANTINED')} 1`,
    ]);
  });

  it('count host restarts by reason, from 0 on', async () => {
    const { metrics, lines } = metricsOf(heart);
    metrics.onHostReplaced(heart, 'died');
    metrics.onHostReplaced(heart, 'died');
    metrics.onHostReplaced(heart, 'memory-growth');
    const restarts = (reason: string) =>
      `deephealth_host_restarts_total{model="heart",version="1.0.0",reason="${reason}"}`;
    expect(await lines('deephealth_host_restarts_total')).toEqual([
      `${restarts('died')} 2`,
      `${restarts('run-timeout')} 0`,
      `${restarts('abandoned')} 0`,
      `${restarts('memory-exceeded')} 0`,
      `${restarts('memory-growth')} 1`,
    ]);
  });

  it('disappear with the version, and begin at 0 if it comes back', async () => {
    const newer = { ...heart, version: '2.0.0' };
    const { metrics, store, lines } = metricsOf(heart, newer);
    metrics.onFinished(heart, answered);
    metrics.onFinished(newer, answered);
    store.versions = [newer];
    const left = await lines('deephealth_');
    expect(left.filter((line) => line.includes('version="1.0.0"'))).toEqual([]);
    expect(left.some((line) => line.includes('version="2.0.0"'))).toBe(true);
    store.versions = [heart, newer];
    expect(await lines('deephealth_executions_total{model="heart",version="1.0.0"}')).toHaveLength(1);
    expect(await lines('deephealth_requests_total{model="heart",version="1.0.0"')).toEqual([]);
  });
});

describe('labels', () => {
  it('take no name that the store does not hold: such requests share one empty label', async () => {
    const { metrics, lines } = metricsOf(heart);
    metrics.onRefused(undefined, 'ROUTINE', 'DH_MODEL_NOT_FOUND');
    for (let i = 0; i < 500; i++) metrics.onFinished({ name: `guess-${i}`, version: '1.0.0' }, answered);
    expect(await lines('deephealth_requests_total')).toEqual([
      'deephealth_requests_total{model="",version="",priority="ROUTINE",code="MODEL_NOT_FOUND"} 1',
      'deephealth_requests_total{model="",version="",priority="ROUTINE",code="OK"} 500',
    ]);
    expect((await lines('deephealth_')).join('\n')).not.toContain('guess');
  });

  it('know a version from its first request on, though nobody has scraped yet', async () => {
    const { metrics, store, lines } = metricsOf();
    store.versions = [heart];
    metrics.onFinished(heart, answered);
    const asked = store.asked;
    metrics.onFinished(heart, answered);
    expect(store.asked).toBe(asked);
    expect(await lines('deephealth_requests_total')).toEqual([
      'deephealth_requests_total{model="heart",version="1.0.0",priority="ROUTINE",code="OK"} 2',
    ]);
  });

  it('are escaped, so that none can end its line', async () => {
    const odd = { ...heart, name: 'a"} 1\nb\\' };
    const { metrics, lines } = metricsOf(odd);
    metrics.onExecution(odd, 1, 1);
    expect(await lines('deephealth_executions_total')).toEqual([
      'deephealth_executions_total{model="a\\"} 1\\nb\\\\",version="1.0.0"} 1',
    ]);
  });
});

describe('the page', () => {
  it('is in the text format of Prometheus, each series described once before its samples', async () => {
    const { metrics } = metricsOf(heart);
    metrics.onFinished(heart, answered);
    const { contentType, body } = await metrics.render();
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(body.endsWith('\n')).toBe(true);
    const types = new Map<string, string>();
    const malformed = body.split('\n').filter((line) => {
      if (line === '' || /^# HELP [a-z0-9_]+ \S/.test(line)) return false;
      const [, described = '', type = ''] = /^# TYPE ([a-z0-9_]+) (counter|gauge|histogram|summary)$/.exec(line) ?? [];
      if (described !== '') {
        if (types.has(described)) return true;
        types.set(described, type);
        return false;
      }
      const [, name = ''] =
        /^([a-z0-9_]+)(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? -?[0-9.e+-]+$/.exec(line) ?? [];
      const family = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
      return !types.has(family);
    });
    expect(malformed).toEqual([]);
    const own = [...types].filter(([name]) => name.startsWith('deephealth_'));
    expect(own.filter(([name, type]) => (type === 'counter') !== name.endsWith('_total'))).toEqual([]);
    expect(own.filter(([name]) => /_(ms|us|millis|kb|mb)(_|$)/.test(name))).toEqual([]);
  });

  it('says what runs, and how the process and its event loop fare', async () => {
    const { lines } = metricsOf();
    expect(await lines('deephealth_build_info')).toEqual([
      `deephealth_build_info{version="${RUNTIME_VERSION}",engine="${ENGINE_NAME}"} 1`,
    ]);
    for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_heap_size_used_bytes'])
      expect(await lines(`${name} `)).toHaveLength(1);
    const [start = ''] = await lines('process_start_time_seconds ');
    expect(Math.abs(Number(start.split(' ')[1]) - (Date.now() / 1000 - process.uptime()))).toBeLessThan(5);
    expect(await lines('deephealth_event_loop_delay_seconds_count')).toHaveLength(1);
  });

  it('shows in its delay that the event loop was blocked', async () => {
    const { lines } = metricsOf();
    const slow = async () => {
      const [upTo = '', ...rest] = await lines('deephealth_event_loop_delay_seconds_bucket{le="0.1"}');
      expect(rest).toEqual([]);
      const [all = ''] = await lines('deephealth_event_loop_delay_seconds_count');
      return Number(all.split(' ')[1]) - Number(upTo.split(' ')[1]);
    };
    const before = await slow();
    const until = performance.now() + 400;
    while (performance.now() < until);
    await vi.waitFor(async () => expect(await slow()).toBeGreaterThan(before), { timeout: 2000, interval: 10 });
  });

  it('of two servers in one process shows to each its own models, and leaves the global registry alone', async () => {
    const first = metricsOf(heart);
    const second = metricsOf({ ...heart, name: 'lung' });
    first.metrics.onFinished(heart, answered);
    expect((await second.lines('deephealth_')).join('\n')).not.toContain('heart');
    expect((await first.lines('deephealth_')).join('\n')).not.toContain('lung');
    expect(register.getMetricsAsArray()).toEqual([]);
  });

  it('holds the series that docs/operations.md lists, with their types and labels', async () => {
    const { metrics } = metricsOf({ ...heart, hosts: [{ pid: 1, rssBytes: 1 }] });
    metrics.onFinished(heart, { ...answered, timings: undefined, batchSize: 0, code: 'DH_QUEUE_FULL' });
    const { body } = await metrics.render();
    const series = new Map<string, string>();
    for (const [, name = '', type = ''] of body.matchAll(/^# TYPE (\S+) (\S+)/gm)) {
      const [, labels = ''] = new RegExp(`^${name}(?:_count)?(?:\\{(.*)\\})? `, 'm').exec(body) ?? [];
      const names = [...labels.matchAll(/([a-z]+)="/g)].map(([, label]) => label);
      series.set(name, `${type}: ${names.join(', ')}`);
    }
    const docs = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
    const rows = docs.matchAll(/^\| (`(?:deephealth|process|nodejs)_.*?`) \| (.*?) \| (.*?) ?\| /gm);
    const listed = [...rows].flatMap(([, names = '', type = '', labels = '']) =>
      [...names.matchAll(/`([a-z_]+)`/g)].map(([, name]) => [name, `${type}: ${labels}`] as const),
    );
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(series));
  });

  it('can be asked for by several at once', async () => {
    const { metrics } = metricsOf(heart);
    metrics.onFinished(heart, answered);
    const own = (body: string) => body.split('\n').filter((line) => line.startsWith('deephealth_'));
    const pages = await Promise.all(Array.from({ length: 5 }, () => metrics.render()));
    expect(new Set(pages.map(({ body }) => own(body).join('\n'))).size).toBe(1);
  });
});
