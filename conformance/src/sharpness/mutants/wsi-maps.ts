import { setTimeout as delay } from 'node:timers/promises';
import type { OpenedLevel, OpenedSlide } from '../../reference/pathology/opened-slide.js';
import type { MapPlan, MapTask } from '../../reference/pathology/reference-map.js';
import { map, type WsiMutant } from './wsi-mutant.js';

type Maps = Parameters<Parameters<typeof map>[2]>[0];
type TileOf = Parameters<InstanceType<Maps>['tileOf']>;
type Ask = Parameters<InstanceType<Maps>['ask']>;
type Place = Parameters<InstanceType<Maps>['place']>;

/** A level whose pixels lie elsewhere. */
function moved(level: OpenedLevel, by: number): OpenedLevel {
  return { ...level, tiles: level.tiles.map((tile) => ({ ...tile, x: tile.x + by, y: tile.y + by })) };
}

/** How a model is led over a slide. */
export const WSI_MAP_MUTANTS: readonly WsiMutant[] = [
  map(
    'M-WSI-02',
    'fills its maps without asking the runtime',
    (M) =>
      class extends M {
        override async ask(...[, plan]: Ask) {
          const values = new Float32Array(plan.cellsOfTile === 1 ? 1 : 34 * 34).fill(0.25);
          return { values, response: { requestId: '', findings: [], provenance: null, warnings: [] } };
        }
      },
  ),
  map(
    'M-WSI-08',
    'reads tiles one pixel off',
    (M) =>
      class extends M {
        override tileOf(...[level, ...rest]: TileOf) {
          return super.tileOf(moved(level, 1), ...rest);
        }
      },
  ),
  map(
    'M-WSI-09',
    'takes the blue of a pixel for its red',
    (M) =>
      class extends M {
        override tileOf(...args: TileOf) {
          const pixels = super.tileOf(...args);
          return pixels.map((_, at) => pixels[at + 2 - 2 * (at % 3)] as number);
        }
      },
  ),
  map(
    'M-WSI-10',
    'keeps the margin of a tile in the place of its middle',
    (M) =>
      class extends M {
        override place(...[values, columns, rows, plan, { tile, ...analysis }, ...rest]: Place) {
          const { size, stride } = tile;
          if (size === stride) return super.place(values, columns, rows, plan, { tile, ...analysis }, ...rest);
          const [column, row, answer] = rest;
          for (let at = 0; at < stride * stride; at++) {
            const [x, y] = [column * stride + (at % stride), row * stride + Math.floor(at / stride)];
            if (x < columns && y < rows) {
              values[y * columns + x] = answer[Math.floor(at / stride) * size + (at % stride)] as number;
            }
          }
        }
      },
  ),
  map(
    'M-WSI-19',
    'drops the last column and row where the slide fills them in part',
    (M) =>
      class extends M {
        override cellsAlong(extent: number, plan: MapPlan) {
          const cells = Math.floor(extent / plan.cell);
          // Of pixels, those that no whole tile covers.
          return plan.cellsOfTile === 1 ? cells : cells - (cells % plan.cellsOfTile);
        }
      },
  ),
  map(
    'M-WSI-20',
    'looks at what stored tiles hold beyond the edge of the slide',
    (M) =>
      class extends M {
        override tileOf(...[level, ...rest]: TileOf) {
          return super.tileOf({ ...level, width: 1e6, height: 1e6 }, ...rest);
        }
      },
  ),
  map(
    'M-WSI-23',
    'looks at level 0 where it planned a coarser one',
    (M) =>
      class extends M {
        override plan(slide: OpenedSlide, analysis: MapTask['analysis']) {
          return { ...super.plan(slide, analysis), factor: 1 };
        }
        override requestOf(...[task, ...rest]: Parameters<InstanceType<Maps>['requestOf']>) {
          const { slide } = task;
          const levels = slide.levels.map(() => slide.levels[0] as OpenedLevel);
          return super.requestOf({ ...task, slide: { ...slide, levels } }, ...rest);
        }
      },
  ),
  map(
    'M-WSI-36',
    'asks about glass, too',
    (M) =>
      class extends M {
        override wantedTiles(...[slide, plan, analysis]: Parameters<InstanceType<Maps>['wantedTiles']>) {
          return super.wantedTiles(slide, plan, { ...analysis, tissue: { method: 'none' } });
        }
      },
  ),
  map(
    'M-WSI-37',
    'gives an empty map for a slide without tissue, and examines no more than half of the tissue',
    (M) =>
      class extends M {
        override wantedTiles(...args: Parameters<InstanceType<Maps>['wantedTiles']>) {
          try {
            const wanted = super.wantedTiles(...args);
            return args[2].tissue.method === 'none' ? wanted : wanted.slice(0, wanted.length / 2);
          } catch {
            return [];
          }
        }
      },
  ),
  map(
    'M-WSI-38',
    'takes a model that abstains for one that says 0',
    (M) =>
      class extends M {
        override async ask(...args: Ask) {
          const answer = await super.ask(...args);
          return answer === undefined ? undefined : { ...answer, values: answer.values ?? [0] };
        }
      },
  ),
  map(
    'M-WSI-48',
    'enlarges a slide that is too coarse',
    (M) =>
      class extends M {
        override checkFit() {}
      },
  ),
  map(
    'M-WSI-58',
    'leaves a hole where a tile fails',
    (M) =>
      class extends M {
        override async ask(...args: Ask) {
          return super.ask(...args).catch(() => undefined);
        }
      },
  ),
  map(
    'M-WSI-59',
    'brings what is no probability between 0 and 1',
    (M) =>
      class extends M {
        override checked(values: ArrayLike<number>) {
          return Array.from(values, (value) => Math.min(1, Math.max(0, value || 0)));
        }
        override async ask(...args: Ask) {
          return super.ask(...args).catch((refused) => {
            if (refused.code !== 'DH_RESPONSE_INVALID') throw refused;
            throw new Error('undefined is no number');
          });
        }
      },
  ),
  map(
    'M-WSI-72',
    'does not tell the runtime which package it expects',
    (M) =>
      class extends M {
        override requestOf(...args: Parameters<InstanceType<Maps>['requestOf']>) {
          return { ...super.requestOf(...args), expectedPackageSha256: '' };
        }
      },
  ),
  map(
    'M-WSI-73',
    'asks about each tile twice',
    (M) =>
      class extends M {
        override async ask(...args: Ask) {
          await super.ask(...args);
          await delay(1);
          return super.ask(...args);
        }
      },
  ),
  map(
    'M-WSI-77',
    'reads tiles of the slide that came last',
    (M) =>
      class extends M {
        latest: OpenedSlide | undefined;
        override fill(task: MapTask) {
          this.latest = task.slide;
          return super.fill(task);
        }
        override requestOf(...[task, ...rest]: Parameters<InstanceType<Maps>['requestOf']>) {
          return super.requestOf({ ...task, slide: this.latest ?? task.slide }, ...rest);
        }
      },
  ),
];
