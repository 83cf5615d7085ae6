import { setTimeout as delay } from 'node:timers/promises';
import type { runtimeV1 } from '@deephealth/proto';
import type { CallContext } from '@deephealth/sdk';
import type { Evaluated, EvaluatedOutput, OracleRun } from '../expressif/oracle/rule-oracle.js';
import type { DecisionParts } from '../reference/expressif/reference-decision.js';
import type { ExpressifMutant } from './mutants/expressif-mutant.js';

/** What is not seen at a tolerance of 1e-9. */
const A_BIT = 1 + 1e-12;

/** What an adapter for rule bases may do otherwise than the reference. None of them may fail a case. */
export const EXPRESSIF_VARIANTS: readonly ExpressifMutant[] = [
  {
    id: 'B-R1',
    title: 'says more than it must, in another order, a little later, and names its character set',
    parts: ({ Decisions, Service }) => ({
      Service: class extends Service {
        override async answer(...args: Parameters<InstanceType<typeof Service>['answer']>) {
          await delay(20);
          const { output, ...rest } = await super.answer(...args);
          const turned = Object.fromEntries(Object.entries(JSON.parse(String(output))).reverse());
          return { ...rest, output: Buffer.from(JSON.stringify(turned)), mediaType: 'application/json; charset=utf-8' };
        }
      },
      Decisions: class extends Decisions {
        override write(parts: DecisionParts) {
          return { ...super.write(parts), more: { evaluated: true } };
        }
      },
    }),
  },
  {
    id: 'B-R2',
    title: 'calculates in another order, asks under ids of its own, and tells degrees of 0 of every term',
    parts: ({ Oracle, Service }) => ({
      Oracle: class extends Oracle {
        override outputOf(
          output: Parameters<InstanceType<typeof Oracle>['outputOf']>[0],
          run: OracleRun,
        ): EvaluatedOutput {
          const found = super.outputOf(output, run);
          if (found.status !== 'determinate') return found;
          const none = Object.fromEntries(output.terms.map(({ name }) => [name, 0]));
          return { ...found, value: found.value * A_BIT, degrees: { ...none, ...found.degrees } };
        }
      },
      Service: class extends Service {
        override predict(request: runtimeV1.PredictRequest, context: CallContext) {
          return super.predict({ ...request, requestId: `own-${request.requestId}`, outputs: [] }, context);
        }
        override checkAnswer(...[answer, requestId, digest]: Parameters<InstanceType<typeof Service>['checkAnswer']>) {
          super.checkAnswer(answer, `own-${requestId}`, digest);
        }
      },
    }),
  },
  {
    id: 'B-R3',
    title: 'waits for the last of what it does not know, and tells a degree of 0 of every rule that rests',
    parts: ({ Oracle, Decisions }) => ({
      Oracle: class extends Oracle {
        override outputOf(
          output: Parameters<InstanceType<typeof Oracle>['outputOf']>[0],
          run: OracleRun,
        ): EvaluatedOutput {
          const found = super.outputOf(output, run);
          if (found.status === 'determinate' || found.unknowns.length === 0) return found;
          return { ...found, ...found.unknowns.at(-1) };
        }
      },
      Decisions: class extends Decisions {
        override rules(evaluated: Evaluated) {
          return super
            .rules(evaluated)
            .map((one) => (one.fired || one.degree === undefined ? one : { ...one, degree: 0 }));
        }
      },
    }),
  },
];
