import { ANALYSES, type AnalysisName, bindingIdOf, modelOf } from '../pathology/pathology-models.js';
import { writeZip } from '../reference/pathology/write-zip.js';
import { answersInputs, type NullTarget, nothing } from './null-target.js';

const bindings = () =>
  (Object.keys(ANALYSES) as AnalysisName[]).map((name) => ({ id: bindingIdOf(name), modelName: modelOf(name) }));

/** What answers without doing anything. None of them may pass a single MUST. */
export const NULL_WSI: readonly NullTarget[] = [
  nothing('N-W1', 'knows no slides', 'N-1'),
  nothing('N-W2', 'answers everything with nothing', 'N-2'),
  nothing('N-W4', 'never answers', 'N-4'),
  nothing('N-W5', 'ends every connection', 'N-5'),
  answersInputs('N-W6', 'gives every slide back as its result', bindings, ({ input }) => ({
    output: input,
    mediaType: 'application/zip',
  })),
  answersInputs('N-W7', 'gives every slide an empty archive', bindings, () => ({
    output: writeZip({}),
    mediaType: 'application/zip',
  })),
  answersInputs('N-W8', 'gives every slide results without a value', bindings, ({ bindingId }) => ({
    output: emptyBundle(bindingId.split('/').at(-1) ?? ''),
    mediaType: 'application/zip',
  })),
];

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
