import { escapeHtml } from '@deephealth/sdk';
import { durationText } from './duration-text.js';
import { STAGES, type StageRecord, type Timeline } from './stage-record.js';
import { timelineAxis } from './timeline-axis.js';

const WIDTH = 1080;
const LEFT = 190;
const RIGHT = 20;
const TOP = 34;
const ROW = 46;
const BAR = 18;
const FOOT = 30;
const LEAST_BAR_PX = 3;
const DOT_PX = 8;

interface Row {
  readonly title: string;
  readonly stages: readonly StageRecord[];
}

/**
 * A picture of a model's way: a row for what all platforms share and one for each platform; a bar for each stage as
 * long as the machine worked; a number for the human steps that began it. Colours come from the page's style.
 */
export function timelineSvg(timeline: Timeline): string {
  const rows = rowsOf(timeline);
  const axis = timelineAxis(timeline.stages.map(intervalOf), WIDTH - LEFT - RIGHT);
  const height = TOP + rows.length * ROW + FOOT;
  const title = `Way of ${timeline.name} ${timeline.version} into production`;
  const x = (ms: number) => LEFT + axis.at(ms);
  const breaks = axis.breaks.map(
    (one) => `<g><title>${escapeHtml(`Nothing ran for ${durationText((one.untilMs - one.fromMs) / 1000)}`)}</title>
<rect class="pause" x="${px(LEFT + one.x + 2)}" y="${TOP - 6}" width="${px(Math.max(1, one.width - 4))}" height="${rows.length * ROW}"/>
<text class="quiet" text-anchor="middle" x="${px(LEFT + one.x + one.width / 2)}" y="${TOP - 14}">${escapeHtml(durationText((one.untilMs - one.fromMs) / 1000))}</text></g>`,
  );
  const drawn = rows.map(({ title: name, stages }, index) => {
    const y = TOP + index * ROW;
    return `<text class="row" x="0" y="${y + 30}">${escapeHtml(name)}</text>
<line class="rule" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y + 26}" y2="${y + 26}"/>
${stages.map((one) => bar(one, x, y)).join('\n')}`;
  });
  const end = TOP + rows.length * ROW;
  return `<svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escapeHtml(title)}">
<title>${escapeHtml(title)}</title>
${breaks.join('\n')}
${drawn.join('\n')}
${scaleBar(axis.pixelsPerSecond, end)}
</svg>`;
}

function rowsOf({ stages, platforms }: Timeline): Row[] {
  const shared = stages.filter(({ platform }) => platform === undefined);
  return [
    ...(shared.length > 0 ? [{ title: 'all platforms', stages: shared }] : []),
    ...platforms.map((one) => ({ title: one.platform, stages: one.stages })),
  ];
}

function intervalOf({ startedAt, endedAt }: StageRecord) {
  return { fromMs: Date.parse(startedAt), untilMs: Date.parse(endedAt) };
}

function bar(record: StageRecord, x: (ms: number) => number, y: number): string {
  const { fromMs, untilMs } = intervalOf(record);
  const from = x(fromMs);
  const width = Math.max(LEAST_BAR_PX, x(untilMs) - from);
  const { stage, machineMs, humanSteps, outcome, code } = record;
  const said = `${stage}: ${outcome}${code === undefined ? '' : ` (${code})`}, ${durationText(machineMs / 1000)} of machine time, ${humanSteps} human steps`;
  const dot =
    humanSteps === 0
      ? ''
      : `<circle class="person" cx="${px(from + DOT_PX)}" cy="${y + 5}" r="${DOT_PX}"/><text class="count" text-anchor="middle" x="${px(from + DOT_PX)}" y="${y + 9}">${humanSteps}</text>`;
  return `<g><title>${escapeHtml(said)}</title>
<rect class="stage s${STAGES.indexOf(stage)}${outcome === 'failed' ? ' failed' : ''}" x="${px(from)}" y="${y + 17}" width="${px(width)}" height="${BAR}" rx="2"/>${dot}</g>`;
}

/** A length that is a round number of seconds. */
function scaleBar(pixelsPerSecond: number, y: number): string {
  const most = 160 / pixelsPerSecond;
  const power = 10 ** Math.floor(Math.log10(most));
  const seconds = [5, 2, 1].map((one) => one * power).find((one) => one <= most) ?? power;
  const length = seconds * pixelsPerSecond;
  return `<path class="scale" d="M${LEFT} ${y + 6}v6h${px(length)}v-6"/>
<text class="quiet" x="${px(LEFT + length + 8)}" y="${y + 16}">${escapeHtml(seconds < 1 ? `${Number((seconds * 1000).toPrecision(1))} ms` : durationText(seconds))} of time, pauses in grey left out</text>`;
}

function px(value: number): string {
  return String(Number(value.toFixed(1)));
}
