import type { Drawing, FindingEvent, SignalChannel } from '../../src/api.js';
import { formatShort } from '../text/format.js';
import { text } from '../text/text.js';
import { extentOf, linePath, niceTicks } from './scale.js';
import { useWidth } from './use-width.js';

const LEFT = 56;
const RIGHT = 12;
const LANE = 132;
const GAP = 22;
const TOP = 24;
/** Of a lane, for its name. */
const HEAD = 22;

/** Channels below each other over one axis of time, with events as numbered bands. */
export function SignalChart({
  signal,
  events = [],
}: {
  readonly signal: Extract<Drawing, { kind: 'signal' }>;
  readonly events?: readonly FindingEvent[];
}) {
  const [box, width] = useWidth<HTMLDivElement>(640);
  const { channels, durationSeconds } = signal;
  const inner = Math.max(40, width - LEFT - RIGHT);
  const bottom = TOP + channels.length * (LANE + GAP);
  const at = (seconds: number) => LEFT + (durationSeconds > 0 ? (seconds / durationSeconds) * inner : 0);
  const names = channels.map(({ name }) => name);
  return (
    <div ref={box} class="chart">
      <svg width={width} height={bottom + 26} role="img" aria-label={text.try.signalAlt(names, durationSeconds)}>
        {niceTicks(0, durationSeconds, Math.max(2, Math.floor(inner / 90))).map((tick) => (
          <g key={tick} class="tick">
            <line x1={at(tick)} x2={at(tick)} y1={TOP} y2={bottom} />
            <text x={at(tick)} y={bottom + 16} text-anchor="middle">
              {`${formatShort(tick)} s`}
            </text>
          </g>
        ))}
        {events.map((event, index) => (
          <EventBand key={index} event={event} number={index + 1} at={at} bottom={bottom} />
        ))}
        {channels.map((channel, index) => (
          <Lane key={channel.name} channel={channel} top={TOP + index * (LANE + GAP)} width={inner} />
        ))}
      </svg>
    </div>
  );
}

function Lane({
  channel: { name, unit, values },
  top,
  width,
}: {
  readonly channel: SignalChannel;
  readonly top: number;
  readonly width: number;
}) {
  const extent = extentOf(values);
  return (
    <g transform={`translate(${LEFT} ${top + HEAD})`}>
      <text class="lane-name" x={0} y={-8}>
        {unit === '' ? name : `${name} (${unit})`}
      </text>
      {extent !== undefined && (
        <>
          {niceTicks(extent[0], extent[1], 3).map((tick) => {
            const y =
              extent[1] > extent[0] ? (1 - (tick - extent[0]) / (extent[1] - extent[0])) * (LANE - HEAD) : LANE / 2;
            return (
              <g key={tick} class="tick">
                <line x1={0} x2={width} y1={y} y2={y} />
                <text x={-6} y={y + 4} text-anchor="end">
                  {formatShort(tick)}
                </text>
              </g>
            );
          })}
          <path class="line" d={linePath(values, extent, width, LANE - HEAD)} />
        </>
      )}
    </g>
  );
}

function EventBand({
  event,
  number,
  at,
  bottom,
}: {
  readonly event: FindingEvent;
  readonly number: number;
  readonly at: (seconds: number) => number;
  readonly bottom: number;
}) {
  const start = at(event.startSeconds);
  // An event of no length is seen too.
  const width = Math.max(2, at(event.startSeconds + (event.durationSeconds ?? 0)) - start);
  return (
    <g class="event">
      <rect class="event-band" x={start} y={TOP} width={width} height={bottom - TOP} />
      <text x={start + width / 2} y={TOP - 8} text-anchor="middle">
        {number}
      </text>
    </g>
  );
}
