import { useId, useState } from 'preact/hooks';
import type { Drawing } from '../../src/api.js';
import { formatPercent } from '../text/format.js';
import { text } from '../text/text.js';

/** Small pictures are drawn larger, by whole factors, so that their pixels stay what they are. */
const LEAST_WIDTH = 440;

/** What the model marks, over what was sent: layers to switch on and off, as strong as wanted. */
export function Overlay({
  drawing,
  title,
}: {
  readonly drawing: Extract<Drawing, { kind: 'overlay' }>;
  readonly title: string;
}) {
  const { background, layers, widthPx, heightPx, legend } = drawing;
  const [hidden, setHidden] = useState<ReadonlySet<number>>(new Set());
  const [opacity, setOpacity] = useState(0.6);
  const id = useId();
  const factor = widthPx < LEAST_WIDTH ? Math.ceil(LEAST_WIDTH / Math.max(1, widthPx)) : 1;
  const flip = (index: number) => {
    const next = new Set(hidden);
    if (!next.delete(index)) next.add(index);
    setHidden(next);
  };
  return (
    <figure class="overlay">
      <div
        class={factor > 1 ? 'stack pixels' : 'stack'}
        style={{ width: `${widthPx * factor}px`, aspectRatio: `${widthPx} / ${heightPx}` }}
      >
        <img src={background} alt={text.try.overlayAlt(title)} />
        {layers.map(({ png, label }, index) =>
          hidden.has(index) ? null : <img key={label} src={png} alt="" style={{ opacity: String(opacity) }} />,
        )}
      </div>
      <figcaption>{legend}</figcaption>
      {layers.length > 0 && (
        <fieldset class="layers">
          <legend>{text.try.layers}</legend>
          {layers.map(({ label, colour }, index) => (
            <label key={label} class="choice">
              <input type="checkbox" checked={!hidden.has(index)} onChange={() => flip(index)} />
              <svg class="swatch" width="14" height="14" aria-hidden="true" focusable="false">
                <rect width="14" height="14" rx="3" fill={colour} />
              </svg>
              {label}
            </label>
          ))}
          <div class="opacity">
            <label for={`${id}-opacity`}>{text.try.opacity}</label>
            <input
              id={`${id}-opacity`}
              type="range"
              min="0"
              max="1"
              step="0.05"
              value={opacity}
              aria-valuetext={formatPercent(opacity)}
              onInput={(event) => setOpacity(Number(event.currentTarget.value))}
            />
            <output for={`${id}-opacity`}>{formatPercent(opacity)}</output>
          </div>
        </fieldset>
      )}
    </figure>
  );
}
