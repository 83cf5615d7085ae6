import type { runtimeV1 } from '@deephealth/proto';
import type { OutputSpec } from '@deephealth/sdk';
import type { ReferenceRuntime } from '../../reference/reference-runtime.js';
import type { ServedModel } from '../../reference/served-model.js';
import { type Mutant, predicts, type Runtime } from './mutant.js';
import { classifications, findings, masks, measures, unwarned } from './mutant-parts.js';

/** What the manifest says of outputs, changed where answers are made. */
function specified(change: (spec: OutputSpec) => OutputSpec) {
  return (Reference: Runtime): Runtime =>
    class extends Reference {
      override respond(...[served, ...rest]: Parameters<ReferenceRuntime['respond']>) {
        const manifest = { ...served.manifest, outputs: served.manifest.outputs.map(change) };
        return super.respond({ ...served, manifest }, ...rest);
      }
    };
}

export const SAFETY_MUTANTS: readonly Mutant[] = [
  {
    id: 'M-SAFE-01',
    title: 'gives no provenance',
    of: predicts((response) => Object.assign(response, { provenance: undefined })),
  },
  {
    id: 'M-SAFE-02',
    title: 'gives the digest of another package',
    of: predicts((response) => Object.assign(response.provenance ?? {}, { packageSha256: 'f'.repeat(64) })),
  },
  {
    id: 'M-SAFE-03',
    title: 'does not look at the package that is expected',
    of: (R) =>
      class extends R {
        override admit(request: Parameters<ReferenceRuntime['admit']>[0]) {
          return super.admit({ ...request, expectedPackageSha256: '' });
        }
      },
  },
  { id: 'M-SAFE-04', title: 'warns of nothing', of: predicts((response) => Object.assign(response, { warnings: [] })) },
  {
    id: 'M-SAFE-05',
    title: 'takes a sequence for a single request',
    of: (R) =>
      class extends R {
        override admit(request: Parameters<ReferenceRuntime['admit']>[0]) {
          return super.admit({ ...request, sequenceContext: null });
        }
      },
  },
  {
    id: 'M-SAFE-06',
    title: 'leaves highlights out without a word',
    of: (R) =>
      class extends R {
        override admit(request: Parameters<ReferenceRuntime['admit']>[0]) {
          return super.admit({ ...request, highlights: [] });
        }
      },
  },
  {
    id: 'M-SAFE-07',
    title: 'serves what does not reproduce its golden case',
    of: (R) =>
      class extends R {
        override firstState() {
          return 'MODEL_STATE_READY' as const;
        }
        override refuseWhatFails() {}
      },
  },
  {
    id: 'M-SAFE-08',
    title: 'decides where no decision may be given',
    of: classifications((one) => {
      if (!one.abstained) return one;
      const best = [...(one.classes ?? [])].sort((a, b) => Number(b.probability) - Number(a.probability))[0];
      return { ...one, abstained: false, decision: [best?.label ?? ''] };
    }),
  },
  { id: 'M-SAFE-09', title: 'abstains without a word', of: unwarned('WARNING_KIND_ABSTAINED') },
  {
    id: 'M-SAFE-10',
    title: 'abstains on the bounds too',
    of: specified((spec) =>
      spec.kind === 'classification' && spec.abstainBetween !== undefined
        ? { ...spec, abstainBetween: [spec.abstainBetween[0] - 0.01, spec.abstainBetween[1] + 0.01] }
        : spec,
    ),
  },
  {
    id: 'M-SAFE-11',
    title: 'decides for the positive class only above the threshold',
    of: classifications((one) => {
      const [negative, positive] = one.classes ?? [];
      const isMet = one.mode === 'CLASSIFICATION_MODE_BINARY' && positive?.probability === positive?.threshold;
      return isMet && !one.abstained ? { ...one, decision: [negative?.label ?? ''] } : one;
    }),
  },
  { id: 'M-SAFE-12', title: 'is never close to a threshold', of: unwarned('WARNING_KIND_NEAR_THRESHOLD') },
  {
    id: 'M-SAFE-13',
    title: 'is always close to a threshold',
    of: specified((spec) => (spec.kind === 'classification' ? { ...spec, nearThresholdMargin: 1 } : spec)),
  },
  {
    id: 'M-SAFE-14',
    title: 'gives classes by their probability',
    of: classifications((one) => ({
      ...one,
      classes: [...(one.classes ?? [])].sort((a, b) => Number(b.probability) - Number(a.probability)),
    })),
  },
  {
    id: 'M-SAFE-15',
    title: 'leaves out classes that are unlikely',
    of: classifications((one) => ({
      ...one,
      classes: (one.classes ?? []).filter(({ probability }) => Number(probability) >= 0.01),
    })),
  },
  {
    id: 'M-SAFE-16',
    title: 'decides for every label at 0.5',
    of: classifications((one) =>
      one.mode === 'CLASSIFICATION_MODE_MULTILABEL'
        ? {
            ...one,
            decision: (one.classes ?? []).flatMap(({ label = '', probability }) =>
              Number(probability) >= 0.5 ? [label] : [],
            ),
          }
        : one,
    ),
  },
  {
    id: 'M-SAFE-17',
    title: 'decides for the likeliest label where none is likely enough',
    of: classifications((one) => {
      if (one.mode !== 'CLASSIFICATION_MODE_MULTILABEL' || (one.decision ?? []).length > 0) return one;
      const best = [...(one.classes ?? [])].sort((a, b) => Number(b.probability) - Number(a.probability))[0];
      return { ...one, decision: [best?.label ?? ''] };
    }),
  },
  { id: 'M-SAFE-18', title: 'gives measures without units', of: measures((value) => ({ ...value, unit: '' })) },
  {
    id: 'M-SAFE-19',
    title: 'gives millilitres as litres under the same unit',
    of: measures((value) => (value.unit === 'mL' ? { ...value, value: Number(value.value) / 1000 } : value)),
  },
  { id: 'M-SAFE-20', title: 'drops the codes of findings', of: findings((finding) => ({ ...finding, codes: [] })) },
  {
    id: 'M-SAFE-21',
    title: 'gives masks as the model saw the input',
    of: (R) =>
      class extends R {
        override prepare(...given: Parameters<ReferenceRuntime['prepare']>) {
          const { tensors, places } = super.prepare(...given);
          const asSeen = Object.entries(places).map(([name, place]) => [
            name,
            { ...place, source: place.source.map((_, index) => index) },
          ]);
          return { tensors, places: Object.fromEntries(asSeen) };
        }
      },
  },
  {
    id: 'M-SAFE-22',
    title: 'takes rows for columns',
    of: masks((mask) => ({
      ...mask,
      labels: { ...mask.labels, shape: [...(mask.labels?.shape ?? [])].reverse() },
      grid: { ...mask.grid, size: [...(mask.grid?.size ?? [])].reverse() },
    })),
  },
  {
    id: 'M-SAFE-23',
    title: 'calls every place one of LPS',
    of: masks((mask) => ({ ...mask, grid: { ...mask.grid, convention: 'COORDINATE_CONVENTION_LPS' } })),
  },
  {
    id: 'M-SAFE-24',
    title: 'gives masks with a spacing of one',
    of: masks((mask) => ({ ...mask, grid: { ...mask.grid, spacing: (mask.grid?.spacing ?? []).map(() => 1) } })),
  },
  {
    id: 'M-SAFE-25',
    title: 'does not say that it saw only a part',
    of: unwarned('WARNING_KIND_PARTLY_EXAMINED'),
  },
  {
    id: 'M-SAFE-26',
    title: 'gives its own values to the classes of a mask',
    of: masks((mask) => ({
      ...mask,
      labels: {
        ...mask.labels,
        data: Buffer.from([...labelsOf(mask)].map((label) => Math.min(label, 1))),
      },
      classes: (mask.classes ?? []).map((one) => ({ ...one, value: 1 })),
    })),
  },
  {
    id: 'M-SAFE-27',
    title: 'counts samples where it says cubic millimetres',
    of: masks((mask) => {
      const labels = [...labelsOf(mask)];
      return {
        ...mask,
        classes: (mask.classes ?? []).map((one) =>
          one.extent
            ? { ...one, extent: { ...one.extent, value: labels.filter((label) => label === one.value).length } }
            : one,
        ),
      };
    }),
  },
  {
    id: 'M-SAFE-28',
    title: 'gives the provenance of the newest version, whichever answered',
    of: (R) =>
      class extends R {
        override provenance(served: ServedModel) {
          return super.provenance(this.newest(served.model.name) ?? served);
        }
      },
  },
  {
    id: 'M-SAFE-29',
    title: 'takes zero for what is missing',
    of: (R) =>
      class extends R {
        override prepare(...[served, inputs]: Parameters<ReferenceRuntime['prepare']>) {
          const zeroed = inputs.map((input) =>
            input.table ? { ...input, table: { values: input.table.values.map(zeroIfMissing) } } : input,
          );
          return super.prepare(served, zeroed);
        }
      },
  },
  { id: 'M-SAFE-30', title: 'replaces what is missing without a word', of: unwarned('WARNING_KIND_IMPUTED') },
  {
    id: 'M-SAFE-31',
    title: 'does not say what lies outside of its training',
    of: unwarned('WARNING_KIND_OUTSIDE_TRAINING_RANGE'),
  },
  {
    id: 'M-SAFE-32',
    title: 'leaves out classes of which nothing was found',
    of: masks((mask) => {
      const seen = new Set(labelsOf(mask));
      return { ...mask, classes: (mask.classes ?? []).filter(({ value }) => seen.has(value ?? 0)) };
    }),
  },
];

function zeroIfMissing(value: runtimeV1.TableValue__Output): runtimeV1.TableValue__Output {
  return value.value === 'missing' ? { ...value, value: 'number', number: 0 } : value;
}

function labelsOf({ labels }: runtimeV1.Mask): Uint8Array {
  return labels?.data instanceof Uint8Array ? labels.data : new Uint8Array(0);
}
