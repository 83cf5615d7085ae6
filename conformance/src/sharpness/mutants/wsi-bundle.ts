import type { BundleSource, ReferenceBundle } from '../../reference/pathology/reference-bundle.js';
import type { FilledMap } from '../../reference/pathology/reference-map.js';
import { writeZip } from '../../reference/pathology/write-zip.js';
import { bundle, type WsiMutant } from './wsi-mutant.js';

type Rings = Parameters<ReferenceBundle['rings']>[1];

/** What is written: array, table and regions. */
export const WSI_BUNDLE_MUTANTS: readonly WsiMutant[] = [
  bundle(
    'M-WSI-01',
    'leaves the table out',
    (B) =>
      class extends B {
        override write(source: BundleSource) {
          const { label } = source.analysis;
          return writeZip({ [`${label}.zip`]: writeZip(this.zarr(source)) });
        }
      },
  ),
  bundle(
    'M-WSI-05',
    'mirrors its maps from left to right',
    (B) =>
      class extends B {
        override valueAt(map: FilledMap, column: number, row: number) {
          return super.valueAt(map, map.columns - 1 - column, row);
        }
      },
  ),
  bundle(
    'M-WSI-06',
    'turns its maps upside down',
    (B) =>
      class extends B {
        override valueAt(map: FilledMap, column: number, row: number) {
          return super.valueAt(map, column, map.rows - 1 - row);
        }
      },
  ),
  bundle(
    'M-WSI-07',
    'takes rows for columns in its table',
    (B) =>
      class extends B {
        override rectangle(source: BundleSource, column: number, row: number) {
          return super.rectangle(source, row, column);
        }
      },
  ),
  bundle(
    'M-WSI-11',
    'gives pixels of the level that it looked at as pixels of level 0',
    (B) =>
      class extends B {
        override rectangle({ map }: BundleSource, column: number, row: number): [number, number, number, number] {
          const { cell } = map.plan;
          // A slide that is reduced has no such level: its pixels are as large.
          const side = map.plan.factor > 1 ? cell / map.plan.factor : cell;
          return [column * side, row * side, side, side];
        }
      },
  ),
  bundle(
    'M-WSI-12',
    'rounds percentages instead of cutting them off',
    (B) =>
      class extends B {
        override arrayValue(probability: number) {
          return Number.isNaN(probability) ? 0 : Math.round(probability * 100);
        }
      },
  ),
  bundle(
    'M-WSI-13',
    'writes values from 0 to 255 into the array',
    (B) =>
      class extends B {
        override arrayValue(probability: number) {
          return Number.isNaN(probability) ? 0 : Math.trunc(probability * 255);
        }
      },
  ),
  bundle(
    'M-WSI-14',
    'does not say that the array holds percentages',
    (B) =>
      class extends B {
        override arrayAttributes(source: BundleSource) {
          return { ...super.arrayAttributes(source), round_to_0_100: false };
        }
      },
  ),
  bundle(
    'M-WSI-15',
    'writes an array of columns by rows',
    (B) =>
      class extends B {
        override arrayShape(source: BundleSource): [number, number] {
          const [rows, columns] = super.arrayShape(source);
          return [columns, rows];
        }
      },
  ),
  bundle(
    'M-WSI-16',
    'counts a part of a cell as a whole one in the array',
    (B) =>
      class extends B {
        override arrayShape({ map }: BundleSource): [number, number] {
          return [map.rows, map.columns];
        }
      },
  ),
  bundle(
    'M-WSI-17',
    'gives the extents of levels with the height first',
    (B) =>
      class extends B {
        override arrayAttributes(source: BundleSource) {
          const levels = source.slide.levels.map(({ width, height }) => [height, width]);
          return { ...super.arrayAttributes(source), slide_levels: levels };
        }
      },
  ),
  bundle(
    'M-WSI-18',
    'writes the array column by column',
    (B) =>
      class extends B {
        override zarr(source: BundleSource) {
          const files = super.zarr(source);
          const [rows, columns] = this.arrayShape(source);
          const name = `${source.analysis.label}/0.0`;
          const values = files[name] as Buffer;
          const turned = values.map((_, at) => values[(at % rows) * columns + Math.floor(at / rows)] as number);
          return { ...files, [name]: Buffer.from(turned) };
        }
      },
  ),
  bundle(
    'M-WSI-24',
    'leaves the holes of regions out',
    (B) =>
      class extends B {
        override rings(source: BundleSource, rings: Rings) {
          return super.rings(source, rings.slice(0, 1));
        }
      },
  ),
  bundle(
    'M-WSI-25',
    'draws regions from middle to middle of cells',
    (B) =>
      class extends B {
        override rings(source: BundleSource, rings: Rings) {
          const half = source.map.cell / 2;
          return super.rings(source, rings).map((ring) => ring.map((point) => point.map((place) => place + half)));
        }
      },
  ),
  bundle(
    'M-WSI-26',
    'draws regions by the threshold of the class, where the binding has another',
    (B) =>
      class extends B {
        override isMarked({ map }: BundleSource, column: number, row: number) {
          return this.valueAt(map, column, row) >= 0.5;
        }
      },
  ),
  bundle(
    'M-WSI-34',
    'lists what was not examined with a value of 0',
    (B) =>
      class extends B {
        override isListed() {
          return true;
        }
        override csvValue(value: number) {
          return super.csvValue(Number.isNaN(value) ? 0 : value);
        }
      },
  ),
  bundle(
    'M-WSI-63',
    'says in the array when it was written',
    (B) =>
      class extends B {
        override groupAttributes(source: BundleSource) {
          return { ...super.groupAttributes(source), written: process.hrtime.bigint().toString() };
        }
      },
  ),
  bundle(
    'M-WSI-65',
    'shifts the table by one cell',
    (B) =>
      class extends B {
        override rectangle(source: BundleSource, column: number, row: number) {
          return super.rectangle(source, column + 1, row + 1);
        }
      },
  ),
  bundle(
    'M-WSI-76',
    'turns its maps as the slide lies in the scanner',
    (B) =>
      class extends B {
        override valueAt(map: FilledMap, column: number, row: number) {
          return super.valueAt(map, map.columns - 1 - column, map.rows - 1 - row);
        }
      },
  ),
  bundle(
    'M-WSI-78',
    'gives its regions new ids each time',
    (B) =>
      class extends B {
        override geojson(source: BundleSource) {
          const { features, ...rest } = super.geojson(source) as { features: object[] };
          return { ...rest, features: features.map((feature) => ({ ...feature, id: crypto.randomUUID() })) };
        }
      },
  ),
];
