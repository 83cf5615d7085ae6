import type { adapterV1 } from '@deephealth/proto';
import type { OpenedSlide } from '../../reference/pathology/opened-slide.js';
import type { BundleSource } from '../../reference/pathology/reference-bundle.js';
import type { FilledMap } from '../../reference/pathology/reference-map.js';
import { bundle, service, slides, type WsiMutant } from './wsi-mutant.js';

/** What is said of a map: scale, area, counts, and what made it. */
export const WSI_REPORT_MUTANTS: readonly WsiMutant[] = [
  slides(
    'M-WSI-27',
    'takes the distance of columns for that of rows',
    (S) =>
      class extends S {
        override scaleOf(stated: Parameters<InstanceType<typeof S>['scaleOf']>[0]) {
          const { x, y } = super.scaleOf(stated);
          return { x: y, y: x };
        }
      },
  ),
  bundle(
    'M-WSI-28',
    'reports the scale of the model as that of the slide',
    (B) =>
      class extends B {
        override reportedScale() {
          return { x: 0.5, y: 0.5 };
        }
        override cellMm2({ map: { cell } }: BundleSource) {
          return (cell * 0.5) ** 2 / 1e6;
        }
      },
  ),
  bundle(
    'M-WSI-29',
    'counts areas in tiles of the model',
    (B) =>
      class extends B {
        override cellMm2({ analysis: { tile } }: BundleSource) {
          return (tile.size * tile.micronsPerPixel) ** 2 / 1e6;
        }
      },
  ),
  bundle(
    'M-WSI-30',
    'counts areas in square micrometres',
    (B) =>
      class extends B {
        override cellMm2(source: BundleSource) {
          return super.cellMm2(source) * 1e6;
        }
      },
  ),
  bundle(
    'M-WSI-31',
    'reports the share as a percentage',
    (B) =>
      class extends B {
        override reportedClass(source: BundleSource) {
          const found = super.reportedClass(source);
          return { ...found, share: 100 * Number(found.share) };
        }
      },
  ),
  bundle(
    'M-WSI-32',
    'reports the grid in pixels of the level that it looked at, without what is no whole cell',
    (B) =>
      class extends B {
        override report(source: BundleSource) {
          const [rows, columns] = this.arrayShape(source);
          const { cell } = source.map.plan;
          return { ...super.report(source), grid: { columns, rows, x: 0, y: 0, cellWidth: cell, cellHeight: cell } };
        }
      },
  ),
  bundle(
    'M-WSI-33',
    'reports width for height',
    (B) =>
      class extends B {
        override report(source: BundleSource) {
          const report = super.report(source);
          const { width, height, ...rest } = report.slide as Record<string, unknown>;
          return { ...report, slide: { ...rest, width: height, height: width } };
        }
      },
  ),
  bundle(
    'M-WSI-35',
    'counts what was not examined as examined',
    (B) =>
      class extends B {
        override reportedCounts(source: BundleSource) {
          const { skipped, ...counts } = super.reportedCounts(source);
          return { ...counts, examined: counts.examined + skipped, skipped: 0 };
        }
      },
  ),
  bundle(
    'M-WSI-39',
    'counts a tile on which the model abstained as examined',
    (B) =>
      class extends B {
        override reportedCounts(source: BundleSource) {
          const counts = super.reportedCounts(source);
          return { ...counts, examined: counts.examined + counts.abstained, abstained: 0 };
        }
      },
  ),
  bundle(
    'M-WSI-52',
    'gives the digest of its pixels as that of the slide',
    (B) =>
      class extends B {
        override provenance(source: BundleSource) {
          return super.provenance({ ...source, slideSha256: source.slideSha256.split('').reverse().join('') });
        }
      },
  ),
  bundle(
    'M-WSI-53',
    'does not say which graph and runtime answered',
    (B) =>
      class extends B {
        override provenance(source: BundleSource) {
          return super.provenance({ ...source, map: { ...source.map, runs: [] } });
        }
      },
  ),
  service(
    'M-WSI-54',
    'names one answer of the runtime for all',
    (A) =>
      class extends A {
        override runsOf(map: FilledMap) {
          return super.runsOf(map).slice(0, 1);
        }
      },
  ),
  service(
    'M-WSI-55',
    'names all answers with the provenance of the first',
    (A) =>
      class extends A {
        override runsOf(map: FilledMap): adapterV1.ModelRun[] {
          const runs = super.runsOf(map);
          return runs.map((run) => ({ ...run, provenance: runs[0]?.provenance ?? null }));
        }
      },
  ),
  bundle(
    'M-WSI-56',
    'keeps warnings for itself',
    (B) =>
      class extends B {
        override report(source: BundleSource) {
          return { ...super.report(source), warnings: [], researchUseOnly: false };
        }
      },
  ),
  {
    id: 'M-WSI-66',
    title: 'calls its array after the patient',
    parts: ({ Slides, Bundle }) => ({
      Slides: named(Slides),
      Bundle: class extends Bundle {
        override groupAttributes(source: BundleSource) {
          return { ...super.groupAttributes(source), filename: patientOf(source.slide) };
        }
      },
    }),
  },
  {
    id: 'M-WSI-67',
    title: 'asks the runtime under the name of the patient',
    parts: ({ Slides, Maps }) => ({
      Slides: named(Slides),
      Maps: class extends Maps {
        override requestOf(...args: Parameters<InstanceType<typeof Maps>['requestOf']>) {
          const request = super.requestOf(...args);
          return { ...request, requestId: `${patientOf(args[0].slide)} ${request.requestId}` };
        }
      },
    }),
  },
];

type Slides = Parameters<Parameters<typeof slides>[2]>[0];

/** Slides that know whom they are of. */
function named(S: Slides): Slides {
  return class extends S {
    override open(file: Buffer, mediaType: string) {
      return { ...super.open(file, mediaType), patient: /CANARY[0-9A-F]+/.exec(file.toString('latin1'))?.[0] };
    }
  };
}

function patientOf(slide: OpenedSlide): string {
  return (slide as OpenedSlide & { patient?: string }).patient ?? '';
}
