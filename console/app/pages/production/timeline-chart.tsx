import type { Timeline } from '../../../src/api.js';
import { timeTicks } from '../../charts/scale.js';
import { useWidth } from '../../charts/use-width.js';
import { formatSeconds } from '../../text/format.js';
import { text } from '../../text/text.js';
import { layOutTimeline, type StageBar } from './timeline-layout.js';

const ROW = 46;
const BAR = 18;
const EDGE = 14;

/** A row for the model and one for each platform; the table below holds the same in words. */
export function TimelineChart({ timeline }: { readonly timeline: Timeline }) {
  const [box, width] = useWidth<HTMLDivElement>(720);
  const { rows, totalSeconds } = layOutTimeline(timeline);
  const inner = Math.max(60, width - 2 * EDGE);
  const bottom = rows.length * ROW + 4;
  const named = `${timeline.name} ${timeline.version}`;
  return (
    <div ref={box} class="chart timeline">
      <svg width={width} height={bottom + 22} role="img" aria-label={text.production.chart(named)}>
        {timeTicks(totalSeconds, Math.max(2, Math.floor(inner / 100))).map((tick) => {
          const x = EDGE + (tick / totalSeconds) * inner;
          return (
            <g key={tick} class="tick">
              <line x1={x} x2={x} y1={0} y2={bottom} />
              <text x={x} y={bottom + 15} text-anchor={tick === 0 ? 'start' : 'middle'}>
                {tick === 0 ? '0' : formatSeconds(tick)}
              </text>
            </g>
          );
        })}
        {rows.map(({ platform, bars }, index) => (
          <g key={platform ?? ''} transform={`translate(${EDGE} ${index * ROW})`}>
            <text class="lane-name" x={0} y={15}>
              {platform === undefined ? text.production.allPlatforms : text.production.platform[platform]}
            </text>
            <line class="track" x1={0} x2={inner} y1={22 + BAR / 2} y2={22 + BAR / 2} />
            {bars.map((bar) => (
              <Bar key={`${bar.record.stage}${bar.record.startedAt}`} bar={bar} width={inner} />
            ))}
          </g>
        ))}
      </svg>
    </div>
  );
}

function Bar({ bar: { record, start, length }, width }: { readonly bar: StageBar; readonly width: number }) {
  const x = Math.min(start * width, width - 4);
  const wide = Math.max(4, length * width);
  const isFailed = record.outcome === 'failed';
  return (
    <g class={isFailed ? 'stage failed' : `stage ${record.stage}`}>
      <rect x={x} y={22} width={wide} height={BAR} rx={3} />
      {isFailed && <path d={`M${x + wide / 2 - 4} 27l8 8m0 -8l-8 8`} />}
      {record.humanSteps > 0 && <circle cx={x} cy={22 + BAR / 2} r={4} />}
      <title>{`${text.production.stage[record.stage]}, ${formatSeconds(record.machineMs / 1000)}`}</title>
    </g>
  );
}
