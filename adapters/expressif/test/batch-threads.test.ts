import {
  type Evaluation,
  evaluateBatch,
  evaluateRecords,
  type InputValues,
  parseFll,
} from '@deephealth/adapter-expressif';
import { seededRandom } from '@deephealth/sdk';
import { beforeAll, describe, expect, it } from 'vitest';

const INPUTS = ['a', 'b', 'c'];

const variable = (kind: string, name: string) => `${kind}: ${name}
  range: 0 10
  term: low Ramp 6 2
  term: middle Triangle 2 5 8
  term: high Ramp 4 8`;

const KB = parseFll(`Engine: batch
${INPUTS.map((name) => variable('InputVariable', name)).join('\n')}
${variable('OutputVariable', 'risk')}
  aggregation: AlgebraicSum
  defuzzifier: Centroid 100
RuleBlock: main
  conjunction: EinsteinProduct
  disjunction: HamacherSum
  implication: AlgebraicProduct
  activation: Highest 3
  rule: if a is low and b is low then risk is low
  rule: if a is middle or c is very middle then risk is middle
  rule: if b is high and c is not low then risk is high with 0.8
  rule: if a is high or b is somewhat high then risk is high
`);

const random = seededRandom(11);
/** With values that are missing or wrong here and there. */
const value = () => (random() < 0.03 ? undefined : random() < 0.03 ? 11 : random() * 10);
const records: InputValues[] = Array.from({ length: 1000 }, () =>
  Object.fromEntries(INPUTS.map((name) => [name, value()])),
);

let alone: Evaluation[];
beforeAll(async () => {
  alone = await evaluateBatch(KB, records, { workers: 0 });
});

describe('a batch on several threads', () => {
  it.each([1, 2, 3])('gives the same as without, bit for bit and in the same order: %d', async (workers) => {
    const progress: number[] = [];
    const onProgress = ({ done }: { done: number }) => progress.push(done);
    const evaluations = await evaluateBatch(KB, records, { workers, onProgress });
    expect(evaluations).toStrictEqual(alone);
    expect(progress).toEqual([...Array.from({ length: 15 }, (_, i) => 64 * (i + 1)), 1000]);
    expect(alone.filter(({ outputs }) => outputs.get('risk')?.status === 'indeterminate').length).toBeGreaterThan(50);
  });

  it('ends its threads when it is told to, and the same rule base serves again', async () => {
    const abort = new AbortController();
    const endless = (function* () {
      for (let i = 0; ; i += 1) yield records[i % records.length] as InputValues;
    })();
    let taken = 0;
    const take = async () => {
      for await (const evaluation of evaluateRecords(KB, endless, { workers: 2, signal: abort.signal })) {
        expect(evaluation).toStrictEqual(alone[taken]);
        taken += 1;
        if (taken === 500) abort.abort();
      }
    };
    await expect(take()).rejects.toMatchObject({ name: 'AbortError' });
    expect(process.getActiveResourcesInfo().filter((one) => one === 'MessagePort')).toEqual([]);
    expect(await evaluateBatch(KB, records.slice(0, 100), { workers: 1 })).toStrictEqual(alone.slice(0, 100));
  });
});
