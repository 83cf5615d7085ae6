import { useId, useState } from 'preact/hooks';
import { Icon } from '../../shell/icon.js';
import { text } from '../../text/text.js';

/** Takes one file: dropped, or chosen with mouse or keyboard. */
export function DropZone({
  file,
  mediaTypes,
  choose,
}: {
  readonly file: File | undefined;
  readonly mediaTypes: readonly string[];
  readonly choose: (file: File) => void;
}) {
  const [isOver, setIsOver] = useState(false);
  const [problem, setProblem] = useState('');
  const id = useId();
  const take = (files: FileList | null | undefined) => {
    const [first] = files ?? [];
    setProblem((files?.length ?? 0) > 1 ? text.try.oneFile : '');
    if (first !== undefined && files?.length === 1) choose(first);
  };
  return (
    <div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is one way more; the input within takes files by keyboard */}
      <div
        class={isOver ? 'drop over' : 'drop'}
        onDragOver={(event) => {
          event.preventDefault();
          setIsOver(true);
        }}
        onDragLeave={() => setIsOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setIsOver(false);
          take(event.dataTransfer?.files);
        }}
      >
        <Icon name="upload" />
        <label for={`${id}-file`}>{text.try.drop}</label>
        <input
          id={`${id}-file`}
          type="file"
          aria-describedby={`${id}-kinds ${id}-problem`}
          onChange={(event) => {
            take(event.currentTarget.files);
            // The same file, changed on the disk, can be chosen again.
            event.currentTarget.value = '';
          }}
        />
        <p class="quiet" id={`${id}-kinds`}>
          {mediaTypes.length > 0 && text.try.accepted(mediaTypes)}
        </p>
      </div>
      <p class="chosen" role="status">
        {file !== undefined && text.try.chosen(file.name, file.size)}
      </p>
      <p class="problem" id={`${id}-problem`} role="alert">
        {problem}
      </p>
    </div>
  );
}
