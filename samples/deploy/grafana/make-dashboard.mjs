// Writes deephealth.json, or prints it (--stdout): panels are a list here, and hundreds of lines there.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const OF_MODEL = 'instance=~"$instance", model=~"$model"';
const quantile = (q, metric, by = 'model') =>
  `histogram_quantile(${q}, sum by (${by}, le) (rate(${metric}_bucket{${OF_MODEL}}[$__rate_interval])))`;
const rate = (metric, by, more = '') => `sum by (${by}) (rate(${metric}{${OF_MODEL}${more}}[$__rate_interval]))`;

const PANELS = [
  ['Servers that answer', 'stat', 'short', ['sum(up{job="deephealth", instance=~"$instance"})', 'servers']],
  [
    'Audit log can be written',
    'stat',
    'bool_yes_no',
    ['min(deephealth_audit_writing{instance=~"$instance"})', 'audit'],
  ],
  [
    'Models by state',
    'stat',
    'short',
    [`sum by (state) (deephealth_model_state{${OF_MODEL}})`, '{{state}}'],
    [`sum(deephealth_model_suspended{${OF_MODEL}})`, 'stopped'],
  ],
  ['Requests', 'timeseries', 'reqps', [rate('deephealth_requests_total', 'model, code'), '{{model}} {{code}}']],
  [
    'Refused, expired or left',
    'timeseries',
    'reqps',
    [rate('deephealth_rejected_total', 'model, reason'), '{{model}} {{reason}}'],
  ],
  [
    'Time to the answer',
    'timeseries',
    's',
    [quantile(0.5, 'deephealth_request_duration_seconds'), '{{model}} median'],
    [quantile(0.99, 'deephealth_request_duration_seconds'), '{{model}} 99 %'],
  ],
  [
    'Where the time goes (99 %)',
    'timeseries',
    's',
    ...['queue', 'preprocess', 'inference', 'postprocess'].map((part) => [
      quantile(0.99, `deephealth_${part}_duration_seconds`),
      `{{model}} ${part}`,
    ]),
  ],
  [
    'Waiting and running',
    'timeseries',
    'short',
    [`sum by (model) (deephealth_queue_length{${OF_MODEL}})`, '{{model}} wait'],
    [`sum by (model) (deephealth_running{${OF_MODEL}})`, '{{model}} run'],
  ],
  ['Requests that share a run', 'timeseries', 'short', [quantile(0.5, 'deephealth_batch_size'), '{{model}} median']],
  [
    'Processes replaced',
    'timeseries',
    'short',
    [
      `sum by (model, reason) (increase(deephealth_host_restarts_total{${OF_MODEL}}[$__rate_interval]))`,
      '{{model}} {{reason}}',
    ],
  ],
  [
    'Memory of processes',
    'timeseries',
    'bytes',
    [`sum by (model, version) (deephealth_host_resident_memory_bytes{${OF_MODEL}})`, '{{model}} {{version}}'],
  ],
  [
    'Delay of the server itself',
    'timeseries',
    's',
    [
      'histogram_quantile(0.99, sum by (instance, le) (rate(deephealth_event_loop_delay_seconds_bucket{instance=~"$instance"}[$__rate_interval])))',
      '{{instance}} 99 %',
    ],
  ],
  [
    'Audit records',
    'timeseries',
    'wps',
    [
      'sum by (instance) (rate(deephealth_audit_records_total{instance=~"$instance"}[$__rate_interval]))',
      '{{instance}}',
    ],
  ],
  [
    'Shadow runs',
    'timeseries',
    'reqps',
    [rate('deephealth_shadow_runs_total', 'model, outcome'), '{{model}} {{outcome}}'],
  ],
];
const COLUMNS = { stat: 3, timeseries: 2 };
const WIDTH = 24;
const HEIGHT = { stat: 4, timeseries: 8 };
// A variable of Grafana, not of this program.
const SOURCE = { type: 'prometheus', uid: ['$', '{source}'].join('') };

let [x, y, last] = [0, 0, 0];
const panels = PANELS.map(([title, type, unit, ...targets], index) => {
  const w = WIDTH / COLUMNS[type];
  const h = HEIGHT[type];
  if (x + w > WIDTH || (last !== 0 && last !== h)) [x, y] = [0, y + last];
  const gridPos = { x, y, w, h };
  [x, last] = [x + w, h];
  return {
    id: index + 1,
    title,
    type,
    datasource: SOURCE,
    gridPos,
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options:
      type === 'stat'
        ? { reduceOptions: { calcs: ['lastNotNull'] } }
        : { legend: { displayMode: 'list', placement: 'bottom' } },
    targets: targets.map(([expr, legendFormat], at) => ({
      refId: String.fromCharCode(65 + at),
      datasource: SOURCE,
      expr,
      legendFormat,
    })),
  };
});
const variable = (name, query) => ({
  name,
  type: 'query',
  datasource: SOURCE,
  query: { query, refId: name },
  definition: query,
  includeAll: true,
  multi: true,
  current: { text: 'All', value: '$__all' },
  refresh: 2,
});
const dashboard = {
  uid: 'deephealth',
  title: 'DeepHealth SDK',
  description: 'Models, requests and the audit log of servers of DeepHealth SDK.',
  tags: ['deephealth'],
  schemaVersion: 39,
  version: 1,
  editable: true,
  refresh: '30s',
  time: { from: 'now-6h', to: 'now' },
  templating: {
    list: [
      { name: 'source', type: 'datasource', query: 'prometheus', current: {} },
      variable('instance', 'label_values(deephealth_build_info, instance)'),
      variable('model', 'label_values(deephealth_model_state{instance=~"$instance"}, model)'),
    ],
  },
  panels,
};
const text = `${JSON.stringify(dashboard, null, 2)}\n`;
if (process.argv.includes('--stdout')) process.stdout.write(text);
else writeFileSync(fileURLToPath(new URL('deephealth.json', import.meta.url)), text);
