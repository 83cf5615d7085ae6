import type { CdsFeature } from '../../cds/cds-binding.js';
import { CODES } from '../../cds/cds-models.js';
import type { Resource } from '../../cds/suite-patient.js';
import type { Call } from '../../reference/cds/cds-reference.js';
import type { CardContext } from '../../reference/cds/reference-cards.js';
import type { Feature, Measured, ReferenceFeatures } from '../../reference/cds/reference-features.js';
import { type CdsMutant, features, service } from './cds-mutant.js';

const rewritesQuantity = (
  id: string,
  title: string,
  change: (quantity: NonNullable<Measured['quantity']>) => NonNullable<Measured['quantity']>,
): CdsMutant =>
  features(
    id,
    title,
    (F) =>
      class extends F {
        override inUnit(measured: Measured, feature: CdsFeature) {
          const { quantity } = measured;
          return super.inUnit(quantity === undefined ? measured : { ...measured, quantity: change(quantity) }, feature);
        }
      },
  );

export const CDS_VALUE_MUTANTS: readonly CdsMutant[] = [
  features(
    'M-CDS-41',
    'takes a number for what it is, whatever its unit',
    (F) =>
      class extends F {
        override convert(value: number) {
          return value;
        }
        override isPossible() {
          return true;
        }
      },
  ),
  features(
    'M-CDS-42',
    'takes a number in a unit that it cannot convert as it is',
    (F) =>
      class extends F {
        override convert(value: number, code: string, feature: CdsFeature) {
          try {
            return super.convert(value, code, feature);
          } catch {
            return value;
          }
        }
      },
  ),
  rewritesQuantity('M-CDS-43', 'takes a number without a unit for one in the right unit', (quantity) =>
    quantity.code === undefined ? { ...quantity, system: 'http://unitsofmeasure.org', code: 'mm[Hg]' } : quantity,
  ),
  features(
    'M-CDS-44',
    'uses values of any age',
    (F) =>
      class extends F {
        override isStale() {
          return false;
        }
      },
  ),
  features(
    'M-CDS-45',
    'cuts impossible values to what is possible',
    (F) =>
      class extends F {
        override inUnit(measured: Measured, feature: CdsFeature) {
          const [lowest = 0, highest = 0] = feature.range ?? [];
          return Math.min(highest, Math.max(lowest, super.inUnit(measured, feature)));
        }
      },
  ),
  features(
    'M-CDS-46',
    'uses observations of any status',
    (F) =>
      class extends F {
        override isUsed() {
          return true;
        }
      },
  ),
  features(
    'M-CDS-47',
    'uses final observations only',
    (F) =>
      class extends F {
        override isUsed(status: string) {
          return status === 'final';
        }
      },
  ),
  features(
    'M-CDS-48',
    'uses the first value that it finds',
    (F) =>
      class extends F {
        override latest([first]: readonly Measured[]) {
          return first;
        }
      },
  ),
  features(
    'M-CDS-49',
    'takes a bound for the value',
    (F) =>
      class extends F {
        override isVague() {
          return false;
        }
      },
  ),
  features(
    'M-CDS-50',
    'takes an absent value for zero, and zero for what is usual',
    (F) =>
      class extends F {
        override measured(resource: Resource) {
          const usual = { value: 120, system: 'http://unitsofmeasure.org', code: 'mm[Hg]' };
          return super.measured(resource).map((one) => ({ ...one, quantity: one.quantity ?? usual }));
        }
      },
  ),
  features(
    'M-CDS-51',
    'does not look into components',
    (F) =>
      class extends F {
        override measured(resource: Resource) {
          return super.measured(resource).slice(0, 1);
        }
      },
  ),
  features(
    'M-CDS-52',
    'does not look at the code',
    (F) =>
      class extends F {
        override isCode(...[{ code }, feature]: Parameters<ReferenceFeatures['isCode']>) {
          const isPressure = feature.codes?.[0]?.code === CODES.systolic.code;
          return isPressure || super.isCode({ system: CODES.systolic.system, code }, feature);
        }
      },
  ),
  features(
    'M-CDS-53',
    'chooses one of two that contradict each other',
    (F) =>
      class extends F {
        override latest(candidates: readonly Measured[]) {
          return [...candidates].sort((a, b) => b.at.localeCompare(a.at))[0];
        }
      },
  ),
  features(
    'M-CDS-54',
    'sends a usual number for what is not known',
    (F) =>
      class extends F {
        override unknown(name: string) {
          return name === 'glucose' ? { name, number: 5.5, unit: 'mmol/L' } : super.unknown(name);
        }
      },
  ),
  service(
    'M-CDS-55',
    'asks with a usual number instead of abstaining',
    (S) =>
      class extends S {
        override async cardsFor(call: Call) {
          const data = await this.gather(call);
          const found = this.features.features(call.service, data, new Date());
          this.checkRefused(call, found);
          const usual = found.map((one): Feature => {
            if ('known' in one || one.missing !== 'abstain') return one;
            return { column: one.column, known: { value: 200, unit: 'mg/dL' } };
          });
          const { service: asked, patientId } = call;
          const context = { service: asked, features: usual, patientId, baseUrl: this.baseUrl };
          return this.cards.cards(await this.ask(call, usual), context);
        }
      },
  ),
  service(
    'M-CDS-56',
    'guesses a percentage where it abstains',
    (S) =>
      class extends S {
        override abstained(context: CardContext) {
          return super.abstained(context).map((card) => ({ ...card, summary: 'The score is probably about 50 %.' }));
        }
      },
  ),
  features(
    'M-CDS-57',
    'takes an unknown category for the first one',
    (F) =>
      class extends F {
        override category(...args: Parameters<ReferenceFeatures['category']>) {
          try {
            return super.category(...args);
          } catch (thrown) {
            const [coding, categories] = args;
            if (coding.length === 0) throw thrown;
            return Object.values(categories)[0] as string;
          }
        }
      },
  ),
  features(
    'M-CDS-58',
    'takes every category for the first one',
    (F) =>
      class extends F {
        override category(...args: Parameters<ReferenceFeatures['category']>) {
          const found = super.category(...args);
          return found === 'current' ? 'never' : found;
        }
      },
  ),
  features(
    'M-CDS-59',
    'counts ages from the year of birth, in another calendar',
    (F) =>
      class extends F {
        override age(born: Date, now: Date) {
          return Math.round(super.age(born, now) * 1.03);
        }
      },
  ),
];
