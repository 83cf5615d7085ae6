import { type adapterV1, modelRuntimeService, platformAdapterService } from '@deephealth/proto';
import { ANALYSES, type AnalysisName, bindingIdOf, modelOf } from '../pathology/pathology-models.js';
import { writeZip } from '../reference/pathology/write-zip.js';
import { serve } from '../reference/serve-reference.js';
import type { StartedWsi } from './check-wsi-sharpness.js';
import { NULL_IMPLEMENTATIONS, type NullImplementation } from './null-implementations.js';

/** An adapter for slides that does nothing of what one is for. */
export interface NullWsi {
  readonly id: string;
  readonly title: string;
  /** It never answers. */
  readonly isSilent: boolean;
  start(): Promise<StartedWsi>;
}

type RunSlide = (request: adapterV1.RunBindingRequest__Output) => adapterV1.RunBindingResponse;

/** What answers without doing anything. None of them may pass a single MUST. */
export const NULL_WSI: readonly NullWsi[] = [
  nothing('N-W1', 'knows no slides', 'N-1'),
  nothing('N-W2', 'answers everything with nothing', 'N-2'),
  nothing('N-W4', 'never answers', 'N-4'),
  nothing('N-W5', 'ends every connection', 'N-5'),
  runs('N-W6', 'gives every slide back as its result', ({ input }) => ({
    output: input,
    mediaType: 'application/zip',
  })),
  runs('N-W7', 'gives every slide an empty archive', () => ({ output: writeZip({}), mediaType: 'application/zip' })),
  runs('N-W8', 'gives every slide results without a value', ({ bindingId }) => ({
    output: emptyBundle(bindingId.split('/').at(-1) ?? ''),
    mediaType: 'application/zip',
  })),
];

function nothing(id: string, title: string, contract: string): NullWsi {
  const { handlers } = NULL_IMPLEMENTATIONS.find((one) => one.id === contract) as NullImplementation;
  return {
    ...{ id, title, isSilent: contract === 'N-4' },
    start: async () => {
      const server = await serve({ ...modelRuntimeService(), ...platformAdapterService() } as never, handlers);
      return { address: server.address, log: [], stop: server.stop };
    },
  };
}

/** One that answers slides, and lists bindings of no package. */
function runs(id: string, title: string, run: RunSlide): NullWsi {
  const names = Object.keys(ANALYSES) as AnalysisName[];
  const bindings = names.map((name) => ({ id: bindingIdOf(name), modelName: modelOf(name) }));
  const handlers: adapterV1.PlatformAdapterHandlers = {
    Describe: (_, answer) => answer(null, {}),
    ListBindings: (_, answer) => answer(null, { bindings }),
    CheckHealth: (_, answer) => answer(null, {}),
    RunBinding: ({ request }, answer) => answer(null, run(request)),
  };
  return {
    ...{ id, title, isSilent: false },
    start: async () => {
      const server = await serve(platformAdapterService() as never, { ...handlers });
      return { address: server.address, log: [], stop: server.stop };
    },
  };
}

function emptyBundle(label: string): Buffer {
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const shape = [3, 4];
  const array = { zarr_format: 2, shape, chunks: shape, dtype: '|u1', order: 'C', compressor: null };
  return writeZip({
    [`${label}.zip`]: writeZip({
      '.zgroup': json({ zarr_format: 2 }),
      '.zattrs': json({}),
      [`${label}/.zarray`]: json({ ...array, fill_value: 0, filters: null }),
      [`${label}/.zattrs`]: json({}),
    }),
    [`${label}.csv`]: Buffer.from('x,y,width,height,malignant,stain\r\n'),
    [`${label}.geojson`]: json({ type: 'FeatureCollection', features: [] }),
    [`${label}.report.json`]: json({
      ...{ slide: {}, grid: {}, classes: [], tiles: {}, warnings: [] },
      provenance: { slide: {}, model: {}, runtime: {} },
    }),
  });
}
