import type { CallContext, DeepHealthError } from '@deephealth/sdk';
import type { ServedRules } from '../../reference/expressif/expressif-reference.js';
import { type ExpressifMutant, face } from './expressif-mutant.js';

type Face = Parameters<Parameters<typeof face>[2]>[0];

/** What the face over HTTP answers. */
export const EXPRESSIF_FACE_MUTANTS: readonly ExpressifMutant[] = [
  face(
    'M-RULE-120',
    'counts blocks for rules where it lists rule bases',
    (F) =>
      class extends F {
        override summary(served: ServedRules) {
          return { ...super.summary(served), rules: served.rules.blocks.length };
        }
      },
  ),
  face(
    'M-RULE-121',
    'shows rules under other ids than decisions cite',
    (F) =>
      class extends F {
        override idOf(number: number) {
          return super.idOf(number - 1);
        }
      },
  ),
  face(
    'M-RULE-122',
    'tells no warnings over HTTP',
    (F) =>
      class extends F {
        override async decide(served: ServedRules, body: string, context: CallContext) {
          return JSON.stringify({ ...JSON.parse(await super.decide(served, body, context)), warnings: [] });
        }
      },
  ),
  face(
    'M-RULE-123',
    'calls its refusals answers',
    (F) =>
      class extends F {
        override refusal(error: DeepHealthError) {
          return { ...super.refusal(error), status: 200 };
        }
      },
  ),
  face(
    'M-RULE-124',
    'lets anybody change rules who shows any key',
    (F) =>
      class extends F {
        override checkKey(authorization = '') {
          if (!authorization.startsWith('Bearer ')) super.checkKey(authorization);
        }
      },
  ),
  face(
    'M-RULE-125',
    'forgets a change as soon as it is made',
    (F) =>
      class extends F {
        override keep() {}
      },
  ),
  face(
    'M-RULE-126',
    'makes those of several changes that it can',
    (F) =>
      class extends F {
        override checkChanges() {}
      },
  ),
  face(
    'M-RULE-127',
    'keeps the digest of rules that were changed',
    (F) =>
      class extends F {
        override digestOf({ digest }: ServedRules) {
          return digest;
        }
      },
  ),
  face(
    'M-RULE-128',
    'makes changes that are for another version',
    (F) =>
      class extends F {
        override edit(...[served, edit]: Parameters<InstanceType<Face>['edit']>) {
          const { ifVersion: _, ...rest } = edit;
          return super.edit(served, rest);
        }
      },
  ),
];
