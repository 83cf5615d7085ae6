import { randomUUID } from 'node:crypto';
import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import type { Prediction } from './api.js';
import type { ApiCall, ApiRoute } from './api-route.js';
import type { ConsoleOptions, SentFile } from './console-options.js';
import { toPrediction } from './prediction.js';
import { wholeNumber } from './query-fields.js';

/** Endings of files by the type that a body without a name has. */
const ENDINGS: Readonly<Record<string, string>> = {
  'application/json': '.json',
  'text/csv': '.csv',
  'text/plain': '.txt',
  'application/dicom': '.dcm',
  'image/png': '.png',
  'image/jpeg': '.jpg',
  'image/tiff': '.tif',
  'image/bmp': '.bmp',
  'application/x-nifti': '.nii',
  'application/edf': '.edf',
};

const MOST_FRAME = 0xffff_ffff;
const LONGEST_NAME = 255;

export function predictRoute({ files }: ConsoleOptions): ApiRoute {
  return {
    method: 'POST',
    path: 'models/{name}/{version}/predict',
    access: 'predict',
    async answer({ request, connection }: ApiCall): Promise<Prediction> {
      const frame = wholeNumber(request.query, 'frame', 0, MOST_FRAME);
      const wantsHighlights = request.query.get('highlight') === 'true';
      const name = fileNameOf(request.headers);
      const { runtime, settings } = await connection();
      const [modelName, modelVersion] = [request.param('name'), request.param('version')];
      const model = await runtime.getModel(modelName, modelVersion, settings);
      const bytes = await request.readBody();
      if (bytes.byteLength === 0) {
        throw new DeepHealthError('DH_REQUEST_MALFORMED', 'The body is empty. Send a file, or JSON of named values.', {
          details: { field: 'body' },
        });
      }
      const sent: SentFile = { name, bytes, ...(frame !== undefined && { frame }) };
      // A version that was refused describes no inputs: whatever is sent, the server says why.
      const read = model.inputs.length === 0 ? undefined : await files.read(sent, model, request.signal);
      const asked = {
        ...{ modelName, modelVersion, inputs: read?.inputs ?? [], requestId: `console-${randomUUID()}` },
        highlights: wantsHighlights ? highlightsOf(model) : [],
        // What comes back is drawn as this very package describes it: one that was swapped meanwhile is refused.
        expectedPackageSha256: model.summary?.packageSha256 ?? '',
      };
      const response = await runtime.predict(asked, settings);
      return toPrediction(response, model, (await read?.draw(response)) ?? new Map());
    },
  };
}

function highlightsOf({ outputs }: runtimeV1.ModelDescriptor__Output): string[] {
  return outputs.filter(({ highlightMethod }) => highlightMethod !== '').map(({ name }) => name);
}

/** The name that the file had, without folders; only its ending counts. Throws DH_REQUEST_MALFORMED. */
function fileNameOf(headers: ApiCall['request']['headers']): string {
  const header = headers['x-deephealth-file-name'];
  const mediaType = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (typeof header !== 'string' || header === '') return `input${ENDINGS[mediaType] ?? ''}`;
  let name: string;
  try {
    name = decodeURIComponent(header);
  } catch {
    throw badName();
  }
  const last = name.split(/[\\/]/).at(-1) ?? '';
  if (last === '' || last.length > LONGEST_NAME || /[\u0000-\u001f\u007f]/.test(last)) throw badName();
  // What a file of a hospital is called may name a patient: messages speak of the input and its kind.
  const ending = /((?:\.nii)?\.[a-z0-9]{1,8})$/i.exec(last)?.[1] ?? '';
  return `input${ending.toLowerCase()}`;
}

function badName(): DeepHealthError {
  return new DeepHealthError(
    'DH_REQUEST_MALFORMED',
    `The header "X-DeepHealth-File-Name" must be a percent-encoded file name of 1 to ${LONGEST_NAME} characters.`,
    { details: { field: 'x-deephealth-file-name' } },
  );
}
