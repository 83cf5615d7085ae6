import { setTimeout as delay } from 'node:timers/promises';
import { deflateSync } from 'node:zlib';
import { pngFile } from '@deephealth/sdk/testing';
import { decodeTile } from '../pathology/decode-tile.js';
import type { BundleSource } from '../reference/pathology/reference-bundle.js';
import type { WsiMutant } from './mutants/wsi-mutant.js';

/** What an adapter for slides may do otherwise than the reference. None of them may fail a case. */
export const WSI_VARIANTS: readonly WsiMutant[] = [
  {
    id: 'B-W1',
    title: 'says more than it must in every file, lists cells in another order, and is a little later',
    parts: ({ Bundle, Service }) => ({
      Service: class extends Service {
        override async runSlide(...args: Parameters<InstanceType<typeof Service>['runSlide']>) {
          await delay(20);
          return super.runSlide(...args);
        }
      },
      Bundle: class extends Bundle {
        override csv(source: BundleSource) {
          const [head, ...lines] = super.csv(source).trimEnd().split('\r\n');
          return [`note,${head}`, ...lines.toReversed().map((line) => `1,${line}`), ''].join('\n');
        }
        override geojson(source: BundleSource) {
          return {
            ...super.geojson(source),
            name: 'regions',
            features: (super.geojson(source).features as []).toReversed(),
          };
        }
        override report(source: BundleSource) {
          return { ...super.report(source), more: true };
        }
      },
    }),
  },
  {
    id: 'B-W2',
    title: 'packs its array, writes no table of pixels, draws all regions as one, and ends them where the canvas ends',
    parts: ({ Bundle }) => ({
      Bundle: class extends Bundle {
        override hasTable({ analysis }: BundleSource) {
          return analysis.classes !== undefined;
        }
        override zarr(source: BundleSource) {
          const files = super.zarr(source);
          const { label } = source.analysis;
          const array = { ...JSON.parse(String(files[`${label}/.zarray`])), compressor: { id: 'zlib', level: 1 } };
          const packed = deflateSync(files[`${label}/0.0`] as Buffer);
          return { ...files, [`${label}/.zarray`]: Buffer.from(JSON.stringify(array)), [`${label}/0.0`]: packed };
        }
        override rings(source: BundleSource, rings: Parameters<InstanceType<typeof Bundle>['rings']>[1]) {
          const [{ width, height } = { width: 0, height: 0 }] = source.slide.levels;
          const within = ([x = 0, y = 0]: readonly number[]) => [Math.min(x, width), Math.min(y, height)];
          return super.rings(source, rings).map((ring) => ring.map(within));
        }
        override geojson(source: BundleSource) {
          const { features, ...rest } = super.geojson(source) as unknown as {
            features: { geometry: { coordinates: unknown }; properties: object }[];
          };
          const [first] = features;
          if (first === undefined) return { ...rest, features };
          const geometry = { type: 'MultiPolygon', coordinates: features.map((one) => one.geometry.coordinates) };
          return { ...rest, features: [{ type: 'Feature', geometry, properties: first.properties }] };
        }
      },
    }),
  },
  {
    id: 'B-W3',
    title:
      'asks about one tile after the other, as PNG, under ids of its own, and writes single precision as it prints',
    parts: ({ Maps, Bundle }) => ({
      Maps: class extends Maps {
        turn: Promise<unknown> = Promise.resolve();
        override ask(...args: Parameters<InstanceType<typeof Maps>['ask']>) {
          const asked = this.turn.then(() => super.ask(...args));
          this.turn = asked.catch(() => undefined);
          return asked;
        }
        override requestOf(...args: Parameters<InstanceType<typeof Maps>['requestOf']>) {
          const request = super.requestOf(...args);
          const inputs = (request.inputs ?? []).map((input) => ({
            ...input,
            image: asPng(input.image?.data as Buffer),
          }));
          return { ...request, inputs, requestId: crypto.randomUUID(), outputs: [] };
        }
      },
      Bundle: class extends Bundle {
        override csvValue(value: number) {
          return String(Number(Math.fround(value).toPrecision(8)));
        }
      },
    }),
  },
];

function asPng(file: Buffer) {
  const { width, height, pixels } = decodeTile(file);
  const data = pngFile({ width, height, depth: 8, colour: 'rgb', bytes: [...pixels] });
  return { data, mediaType: 'image/png' };
}
