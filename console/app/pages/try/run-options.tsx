import { text } from '../../text/text.js';

/** What is asked for beside the input. */
export interface RunOptions {
  /** As typed: a whole number from 0, or nothing. */
  readonly frame: string;
  readonly highlight: boolean;
}

/** Kinds of images that hold one picture; any other may have several frames or pages. */
const ONE_PICTURE = /\.(?:png|jpe?g|bmp)$/i;

export const mayHaveFrames = (fileName: string): boolean => !ONE_PICTURE.test(fileName);

export const isFrame = (typed: string): boolean => /^\d{0,9}$/.test(typed.trim());

/** The query of a prediction, with its question mark; empty where nothing is asked for. */
export function queryOf({ frame, highlight }: RunOptions): string {
  const query = new URLSearchParams();
  if (frame.trim() !== '') query.set('frame', frame.trim());
  if (highlight) query.set('highlight', 'true');
  return query.size === 0 ? '' : `?${query}`;
}

/** Fields for what the file and the model allow; none where they allow neither. */
export function OptionFields({
  options,
  hasFrames,
  hasHighlights,
  change,
}: {
  readonly options: RunOptions;
  readonly hasFrames: boolean;
  readonly hasHighlights: boolean;
  readonly change: (options: RunOptions) => void;
}) {
  const isWrong = !isFrame(options.frame);
  return (
    <>
      {hasFrames && (
        <div class="field run-frame">
          <label for="run-frame">{text.try.frame}</label>
          <input
            id="run-frame"
            inputMode="numeric"
            autocomplete="off"
            value={options.frame}
            aria-invalid={isWrong}
            aria-describedby="run-frame-hint run-frame-problem"
            onInput={(event) => change({ ...options, frame: event.currentTarget.value })}
          />
          <p class="hint" id="run-frame-hint">
            {text.try.frameHint}
          </p>
          <p class="problem" id="run-frame-problem">
            {isWrong && text.try.frameWrong}
          </p>
        </div>
      )}
      {hasHighlights && (
        <label class="choice run-highlight">
          <input
            type="checkbox"
            checked={options.highlight}
            onChange={(event) => change({ ...options, highlight: event.currentTarget.checked })}
          />
          <span>{text.try.highlight}</span>
        </label>
      )}
    </>
  );
}
