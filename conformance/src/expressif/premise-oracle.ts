import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import { rawTensor } from '../oracle/raw-tensor.js';
import type {
  BoundDegrees,
  BoundPremise,
  BoundRelation,
  BoundValue,
  BoundVariable,
  Transform,
} from './expressif-binding.js';
import { antipignistic, minimumSpecificity, piecewise } from './oracle/possibility.js';
import { type LabelGrid, type RelationDegrees, RelationOracle } from './oracle/relations.js';
import type { Given } from './oracle/rule-oracle.js';

/** What a variable takes of an answer of the model. */
export interface OraclePremise {
  readonly given: Given;
  /** Of a relation, all three degrees. */
  readonly relation?: RelationDegrees;
}

type Finding = runtimeV1.Finding__Output;
type Answer = Pick<runtimeV1.PredictResponse__Output, 'findings'>;

const CONVENTIONS: Readonly<Record<string, LabelGrid['convention']>> = {
  COORDINATE_CONVENTION_LPS: 'LPS',
  COORDINATE_CONVENTION_RAS: 'RAS',
  COORDINATE_CONVENTION_IMAGE: 'IMAGE',
};

/** What rules read of an answer of the model. Each step is a method of its own, so that a mutant can change it. */
export class PremiseOracle {
  readonly relations: RelationOracle;

  constructor(relations = new RelationOracle()) {
    this.relations = relations;
  }

  /**
   * By the names of the variables that the model gives.
   *
   * @throws DH_RESPONSE_INVALID where the answer lacks what the binding takes of it
   */
  premises(variables: Readonly<Record<string, BoundVariable>>, { findings }: Answer): Map<string, OraclePremise> {
    const found = new Map<string, OraclePremise>();
    for (const [name, { model }] of Object.entries(variables)) {
      if (model === undefined) continue;
      const finding = findings.find((one) => one.name === model.output);
      if (finding === undefined) throw this.invalid();
      found.set(name, this.premise(model, finding));
    }
    return found;
  }

  premise(model: BoundPremise, finding: Finding): OraclePremise {
    if (this.isAbstained(finding)) return { given: { absent: 'abstained' } };
    if (model.as === 'value') return { given: this.number(model, finding) };
    if (model.as === 'degrees') return { given: { degrees: this.degrees(model, finding) } };
    const relation = this.relation(model, finding);
    if (relation === undefined) return { given: { absent: 'not-measured' } };
    return { given: { degrees: { [model.term]: relation[model.measure] } }, relation };
  }

  isAbstained({ classification }: Finding): boolean {
    return classification?.abstained ?? false;
  }

  number(model: BoundValue, { classification, regression, mask }: Finding): Given {
    if (classification) {
      const found = classification.classes.find(({ label }) => label === model.label);
      if (found === undefined) throw this.invalid();
      return this.converted(model, found.probability);
    }
    if (regression) {
      const found = regression.values.find(({ label }) => label === model.label);
      if (found === undefined) throw this.invalid();
      this.checkUnit(model, found.unit);
      return this.converted(model, found.value);
    }
    const found = mask?.classes.find(({ label }) => label === model.label);
    if (!found?.extent) return { absent: 'not-measured' };
    this.checkUnit(model, found.extent.unit);
    return this.converted(model, found.extent.value);
  }

  checkUnit({ unit }: BoundValue, given: string): void {
    if (given !== unit) throw this.invalid();
  }

  converted({ scale = 1, offset = 0 }: BoundValue, value: number): Given {
    return scale * value + offset;
  }

  degrees({ terms, transform }: BoundDegrees, { classification }: Finding): Record<string, number> {
    const { classes } = classification ?? { classes: [] };
    const of = Object.entries(terms).map(([term, labels]): [string, number] => {
      const places = labels.map((label) => classes.findIndex((one) => one.label === label));
      if (places.includes(-1)) throw this.invalid();
      return [
        term,
        this.degree(
          transform,
          classes.map(({ probability }) => probability),
          places,
        ),
      ];
    });
    return Object.fromEntries(of);
  }

  /** Of one class, or of several that a term stands for. */
  degree(transform: Transform, probabilities: readonly number[], places: readonly number[]): number {
    if (transform === 'antipignistic' || transform === 'minimum-specificity') {
      const possible = transform === 'antipignistic' ? antipignistic(probabilities) : minimumSpecificity(probabilities);
      return Math.max(...places.map((place) => possible[place] as number));
    }
    const sum = Math.min(
      1,
      places.reduce((total, place) => total + (probabilities[place] as number), 0),
    );
    return transform === 'probability' ? sum : piecewise(transform.piecewise, sum);
  }

  relation({ subject, reference, relation }: BoundRelation, { mask }: Finding): RelationDegrees | undefined {
    if (!mask?.labels || !mask.grid) throw this.invalid();
    const partOf = (label: string) => {
      const found = mask.classes.find((one) => one.label === label);
      if (found === undefined) throw this.invalid();
      return found.value;
    };
    const { size, spacing, direction, unit, convention } = mask.grid;
    const grid: LabelGrid = {
      ...{ size: size.map(Number), labels: [...rawTensor(mask.labels).data], spacing, direction },
      convention: CONVENTIONS[convention] ?? 'LPS',
      isMeasured: unit === 'LENGTH_UNIT_MILLIMETRE',
    };
    return this.relations.degrees(grid, partOf(subject), partOf(reference), relation);
  }

  invalid(): DeepHealthError {
    return new DeepHealthError('DH_RESPONSE_INVALID', "The runtime's answer lacks what its manifest promises.");
  }
}
