import type {
  BoundDegrees,
  BoundPremise,
  BoundRelation,
  BoundValue,
  Transform,
} from '../../expressif/expressif-binding.js';
import { antipignistic } from '../../expressif/oracle/possibility.js';
import type { LabelGrid } from '../../expressif/oracle/relations.js';
import { type ExpressifMutant, premises, relations } from './expressif-mutant.js';

type Premises = Parameters<Parameters<typeof premises>[2]>[0];
type Relations = Parameters<Parameters<typeof relations>[2]>[0];
type Finding = Parameters<InstanceType<Premises>['premise']>[1];
type Asked = Parameters<InstanceType<Relations>['degrees']>;

/** How what a model says reaches the rules. */
export const EXPRESSIF_SEAM_MUTANTS: readonly ExpressifMutant[] = [
  premises(
    'M-RULE-40',
    'ignores the scale of a number of the model',
    (P) =>
      class extends P {
        override converted(model: BoundValue, value: number) {
          return super.converted({ ...model, scale: 1 }, value);
        }
      },
  ),
  premises(
    'M-RULE-41',
    'ignores the offset of a number of the model',
    (P) =>
      class extends P {
        override converted(model: BoundValue, value: number) {
          return super.converted({ ...model, offset: 0 }, value);
        }
      },
  ),
  premises(
    'M-RULE-42',
    'takes probabilities for possibilities',
    (P) =>
      class extends P {
        override degree(transform: Transform, ...rest: readonly [readonly number[], readonly number[]]) {
          return super.degree(typeof transform === 'string' ? 'probability' : transform, ...rest);
        }
      },
  ),
  premises(
    'M-RULE-43',
    'takes one possibility for the other',
    (P) =>
      class extends P {
        override degree(transform: Transform, ...rest: readonly [readonly number[], readonly number[]]) {
          return super.degree(transform === 'minimum-specificity' ? 'antipignistic' : transform, ...rest);
        }
      },
  ),
  premises(
    'M-RULE-44',
    'lets a term stand for its first class alone',
    (P) =>
      class extends P {
        override degrees({ terms, ...rest }: BoundDegrees, finding: Finding) {
          const first = Object.entries(terms).map(([term, [label = '']]) => [term, [label]] as const);
          return super.degrees({ ...rest, terms: Object.fromEntries(first) }, finding);
        }
      },
  ),
  premises(
    'M-RULE-45',
    'goes in steps from point to point',
    (P) =>
      class extends P {
        override degree(transform: Transform, probabilities: readonly number[], places: readonly number[]) {
          if (typeof transform === 'string') return super.degree(transform, probabilities, places);
          const sum = super.degree('probability', probabilities, places);
          return transform.piecewise.findLast(([x]) => x <= sum)?.[1] ?? 0;
        }
      },
  ),
  premises(
    'M-RULE-46',
    'decides where the model abstains',
    (P) =>
      class extends P {
        override isAbstained() {
          return false;
        }
      },
  ),
  premises(
    'M-RULE-47',
    'cuts off a number of the model that is too large',
    (P) =>
      class extends P {
        override converted(model: BoundValue, value: number) {
          const found = super.converted(model, value);
          return typeof found === 'number' && model.label === 'dose' ? Math.min(found, 2) : found;
        }
      },
  ),
  premises(
    'M-RULE-48',
    'does not look at the unit of a number of the model',
    (P) =>
      class extends P {
        override checkUnit() {}
      },
  ),
  premises(
    'M-RULE-49',
    'takes what the answer of the model lacks for 0',
    (P) =>
      class extends P {
        override premise(model: BoundPremise, finding: Finding) {
          try {
            return super.premise(model, finding);
          } catch {
            return { given: model.as === 'value' ? 0 : { degrees: {} } };
          }
        }
      },
  ),
  premises(
    'M-RULE-50',
    'takes a part that could not be measured for none',
    (P) =>
      class extends P {
        override number(model: BoundValue, finding: Finding) {
          const found = super.number(model, finding);
          return typeof found === 'object' && 'absent' in found ? 0 : found;
        }
      },
  ),
  relations(
    'M-RULE-51',
    'lets y of pictures run upwards',
    (R) =>
      class extends R {
        override side(name: string, grid: LabelGrid) {
          const side = super.side(name, grid);
          return grid.convention === 'IMAGE' ? side.map((part, axis) => (axis === 1 ? -part : part)) : side;
        }
      },
  ),
  relations(
    'M-RULE-52',
    'counts samples instead of millimetres',
    (R) =>
      class extends R {
        override spacing({ size }: LabelGrid) {
          return size.map(() => 1);
        }
      },
  ),
  relations(
    'M-RULE-53',
    'takes every volume for one of left, posterior and superior',
    (R) =>
      class extends R {
        override side(name: string, grid: LabelGrid) {
          return super.side(name, grid.convention === 'RAS' ? { ...grid, convention: 'LPS' } : grid);
        }
      },
  ),
  premises(
    'M-RULE-54',
    'takes the possibility of a relation for its necessity',
    (P) =>
      class extends P {
        override relation(model: BoundRelation, finding: Finding) {
          const found = super.relation(model, finding);
          return found && { ...found, necessity: found.possibility };
        }
      },
  ),
  relations(
    'M-RULE-55',
    'takes pixels for millimetres',
    (R) =>
      class extends R {
        override hasLength() {
          return true;
        }
      },
  ),
  relations(
    'M-RULE-56',
    'says that a part which is not there is not near',
    (R) =>
      class extends R {
        override degrees(...asked: Asked) {
          const [grid, subject, ...rest] = asked;
          if (!grid.labels.includes(subject)) return { necessity: 0, mean: 0, possibility: 0 };
          return super.degrees(grid, subject, ...rest);
        }
      },
  ),
  relations(
    'M-RULE-57',
    'takes the axes of a volume for those of the body',
    (R) =>
      class extends R {
        override places(grid: LabelGrid, label: number) {
          const direction = grid.size.length === 3 ? [0, 0, 1, 0, 1, 0, 1, 0, 0] : grid.direction;
          return super.places({ ...grid, direction }, label);
        }
      },
  ),
  premises(
    'M-RULE-58',
    'adds up the possibilities of the classes of a term',
    (P) =>
      class extends P {
        override degree(transform: Transform, probabilities: readonly number[], places: readonly number[]) {
          if (transform !== 'antipignistic') return super.degree(transform, probabilities, places);
          const possible = antipignistic(probabilities);
          return Math.min(
            1,
            places.reduce((sum, place) => sum + (possible[place] as number), 0),
          );
        }
      },
  ),
];
