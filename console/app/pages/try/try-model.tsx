import { useMemo, useState } from 'preact/hooks';
import type { ExampleRow, ModelAnswer, Prediction } from '../../../src/api.js';
import { getFile, getJson, pathOf } from '../../api/api-client.js';
import { ApiError } from '../../api/api-error.js';
import { announce } from '../../shell/announce.js';
import { ErrorNotice, Loading } from '../../shell/notice.js';
import { text } from '../../text/text.js';
import { readModelFacts, tableOf } from '../model/model-facts.js';
import { DropZone } from './drop-zone.js';
import { ExampleList } from './example-list.js';
import { type FormValues, parseForm, valuesOfExample } from './form-values.js';
import { Result } from './result.js';
import { isFrame, mayHaveFrames, OptionFields, queryOf, type RunOptions } from './run-options.js';
import { fieldId, TableForm } from './table-form.js';
import { type Run, type RunInput, useRun } from './use-run.js';

type Way = 'example' | 'file' | 'form';

/** Media types of images that may have several frames or pages. */
const FRAMED = new Set(['application/dicom', 'image/tiff']);

const NO_OPTIONS: RunOptions = { frame: '', highlight: false };

/** Input on one side, its result on the other. Whatever changes the input takes the result away. */
export function TryModel({ model }: { readonly model: ModelAnswer }) {
  const { name, version } = model.summary;
  const facts = useMemo(() => readModelFacts(model.manifest, model.descriptor), [model]);
  const table = tableOf(facts);
  const ways: readonly Way[] = [
    ...(table === undefined ? [] : (['form'] as const)),
    ...(model.examples.length === 0 ? [] : (['example'] as const)),
    'file',
  ];
  const [way, setWay] = useState<Way>(ways[0] as Way);
  const [example, setExample] = useState<ExampleRow>();
  const [file, setFile] = useState<File>();
  const [typed, setTyped] = useState<FormValues>({});
  const [options, setOptions] = useState(NO_OPTIONS);
  const [isChecked, setIsChecked] = useState(false);
  const [fillError, setFillError] = useState<ApiError>();
  const run = useRun(name, version);
  const columns = table?.columns ?? [];
  const form = parseForm(columns, typed);
  const chosen = {
    form: false,
    file: file !== undefined && mayHaveFrames(file.name),
    example: example?.mediaTypes.some((type) => FRAMED.has(type)) === true,
  };
  const hasFrames = chosen[way] && facts.inputs.some(({ kind }) => kind === 'image');
  const hasHighlights = facts.outputs.some(({ highlightMethod }) => highlightMethod !== '');
  const query = queryOf({ frame: hasFrames ? options.frame : '', highlight: hasHighlights && options.highlight });
  const mediaTypes = [...new Set(facts.inputs.flatMap((input) => input.mediaTypes))];

  const change = (act: () => void) => {
    run.forget();
    act();
  };
  const fill = async (row: ExampleRow) => {
    setFillError(undefined);
    try {
      const values = valuesOfExample(columns, await getJson(pathOf('models', name, version, 'examples', row.id)));
      if (values === undefined) return;
      change(() => {
        setTyped(values);
        setIsChecked(false);
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFillError(error);
    }
  };

  const input = ((): RunInput | undefined => {
    if (hasFrames && !isFrame(options.frame)) return undefined;
    if (way === 'file')
      return (
        file && {
          title: file.name,
          query,
          body: async () => ({
            data: file,
            contentType: file.type || 'application/octet-stream',
            fileName: file.name,
          }),
        }
      );
    if (way === 'example')
      return (
        example && {
          title: example.title,
          query,
          body: (signal) => getFile(pathOf('models', name, version, 'examples', example.id), signal),
        }
      );
    const { values } = form;
    return (
      values && {
        title: text.try.formInput,
        query,
        body: async () => ({ data: JSON.stringify(values), contentType: 'application/json' }),
      }
    );
  })();

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (input === undefined) {
      setIsChecked(true);
      const [first] = Object.keys(form.problems);
      if (way === 'form' && first !== undefined) document.getElementById(fieldId(first))?.focus();
      return;
    }
    const end = await run.start(input);
    if (end?.status === 'done') announce(text.try.ready(summaryOf(end.prediction)));
    // Where the result lies below the input, it would come unseen.
    if (end !== undefined) document.getElementById('result')?.scrollIntoView({ block: 'nearest' });
  };

  const wrong = Object.keys(form.problems).length;
  return (
    <div class="try">
      <form class="panel try-input" onSubmit={submit} noValidate aria-label={text.try.ways}>
        <p class="quiet">
          {text.try.lead} {text.try.noPatientData}
        </p>
        {ways.length > 1 && (
          <fieldset class="segments">
            <legend>{text.try.ways}</legend>
            {ways.map((one) => (
              <label key={one}>
                <input type="radio" name="way" checked={way === one} onChange={() => change(() => setWay(one))} />
                <span>{WAY_LABELS[one]}</span>
              </label>
            ))}
          </fieldset>
        )}
        {way === 'example' && (
          <ExampleList examples={model.examples} chosen={example?.id} choose={(row) => change(() => setExample(row))} />
        )}
        {way === 'file' && (
          <DropZone
            file={file}
            mediaTypes={mediaTypes}
            choose={(one) =>
              change(() => {
                setFile(one);
                setOptions({ ...options, frame: '' });
              })
            }
          />
        )}
        {way === 'form' && (
          <>
            {model.examples.length > 0 && <FillExample examples={model.examples} fill={fill} />}
            {fillError !== undefined && <ErrorNotice error={fillError} />}
            <TableForm
              columns={columns}
              values={typed}
              problems={isChecked ? form.problems : {}}
              outsideTraining={form.outsideTraining}
              change={(column, value) => change(() => setTyped({ ...typed, [column]: value }))}
            />
          </>
        )}
        <OptionFields
          options={options}
          hasFrames={hasFrames}
          hasHighlights={hasHighlights}
          change={(next) => change(() => setOptions(next))}
        />
        <p class="problem" role="alert">
          {isChecked && way === 'form' && wrong > 0 && text.try.correct(wrong)}
        </p>
        <div class="actions">
          <button
            type="submit"
            class="primary"
            disabled={(way !== 'form' && input === undefined) || run.state.status === 'running'}
          >
            {text.try.run}
          </button>
          {run.state.status === 'running' && (
            <button type="button" onClick={run.stop}>
              {text.try.stop}
            </button>
          )}
        </div>
      </form>
      <section class="panel try-result" aria-labelledby="result">
        <h2 id="result">{text.try.result}</h2>
        <RunView run={run} />
      </section>
    </div>
  );
}

const WAY_LABELS: Record<Way, string> = { example: text.try.byExample, file: text.try.byFile, form: text.try.byForm };

const summaryOf = ({ abstained, findings }: Prediction): string =>
  abstained
    ? text.try.abstained
    : findings.map(({ title, decision }) => `${title}: ${decision ?? text.try.noDecision}`).join('; ');

function FillExample({
  examples,
  fill,
}: {
  readonly examples: readonly ExampleRow[];
  readonly fill: (row: ExampleRow) => Promise<void>;
}) {
  return (
    <div class="field">
      <label for="fill-example">{text.try.fillExample}</label>
      <select
        id="fill-example"
        value=""
        onChange={(event) => {
          const row = examples.find(({ id }) => id === event.currentTarget.value);
          if (row !== undefined) void fill(row);
        }}
      >
        <option value="">{text.try.pleaseChoose}</option>
        {examples.map(({ id, title }) => (
          <option key={id} value={id}>
            {title}
          </option>
        ))}
      </select>
    </div>
  );
}

function RunView({ run: { state } }: { readonly run: Run }) {
  switch (state.status) {
    case 'waiting':
      return <p class="quiet">{text.try.waiting}</p>;
    case 'changed':
      return <p class="quiet">{text.try.changed}</p>;
    case 'stopped':
      return <p class="quiet">{text.try.stopped}</p>;
    case 'running':
      return <Loading what={text.try.running} />;
    case 'failed':
      return (
        <>
          <p class="result-input">{text.try.resultFor(state.title)}</p>
          <ErrorNotice error={state.error} />
        </>
      );
    case 'done':
      return <Result prediction={state.prediction} input={state.title} />;
  }
}
