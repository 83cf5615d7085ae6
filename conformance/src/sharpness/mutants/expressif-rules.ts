import type { SNormName, TNormName } from '../../expressif/oracle/norms.js';
import type {
  OracleBlock,
  OracleOutput,
  OracleRule,
  OracleVariable,
  Statement,
} from '../../expressif/oracle/read-rules.js';
import type { Admitted, Given, OracleRun, RuleOracle, Unknown } from '../../expressif/oracle/rule-oracle.js';
import type { OracleTerm } from '../../expressif/oracle/shapes.js';
import { decisions, type ExpressifMutant, oracle } from './expressif-mutant.js';

type Fired = ReturnType<RuleOracle['conclusions']>;

/** How rules are evaluated. */
export const EXPRESSIF_RULE_MUTANTS: readonly ExpressifMutant[] = [
  oracle(
    'M-RULE-10',
    'multiplies where the rules name the minimum',
    (O) =>
      class extends O {
        override tNorm(name: TNormName, a: number, b: number) {
          return super.tNorm(name === 'Minimum' ? 'AlgebraicProduct' : name, a, b);
        }
      },
  ),
  oracle(
    'M-RULE-11',
    'takes the product of Einstein for the plain one',
    (O) =>
      class extends O {
        override tNorm(name: TNormName, a: number, b: number) {
          return super.tNorm(name === 'EinsteinProduct' ? 'AlgebraicProduct' : name, a, b);
        }
      },
  ),
  oracle(
    'M-RULE-12',
    'has no product of Hamacher where both degrees are 0',
    (O) =>
      class extends O {
        override tNorm(name: TNormName, a: number, b: number) {
          return name === 'HamacherProduct' ? (a * b) / (a + b - a * b) : super.tNorm(name, a, b);
        }
      },
  ),
  oracle(
    'M-RULE-13',
    'cuts off the sum that has no bound',
    (O) =>
      class extends O {
        override sNorm(name: SNormName, a: number, b: number) {
          return super.sNorm(name === 'UnboundedSum' ? 'BoundedSum' : name, a, b);
        }
      },
  ),
  oracle(
    'M-RULE-14',
    'applies hedges from the left',
    (O) =>
      class extends O {
        override hedged(hedges: Statement['hedges'], degree: number) {
          return super.hedged(hedges.toReversed(), degree);
        }
      },
  ),
  oracle(
    'M-RULE-15',
    'takes "somewhat" for the third root',
    (O) =>
      class extends O {
        override hedge(name: Statement['hedges'][number], degree: number) {
          return name === 'somewhat' ? Math.cbrt(degree) : super.hedge(name, degree);
        }
      },
  ),
  oracle(
    'M-RULE-16',
    'ignores the weights of rules',
    (O) =>
      class extends O {
        override weighted(_: OracleRule, degree: number) {
          return degree;
        }
      },
  ),
  oracle(
    'M-RULE-17',
    'moves values into their range without a word',
    (O) =>
      class extends O {
        override admit(variable: OracleVariable, given: Given, _extend: boolean): Admitted {
          const found = super.admit({ ...variable, lockRange: true }, given, false);
          return found.kind === 'value' ? { ...found, isClamped: found.isClamped && variable.lockRange } : found;
        }
      },
  ),
  decisions(
    'M-RULE-18',
    'does not say what it has moved into its range',
    (D) =>
      class extends D {
        override clamped() {
          return [];
        }
      },
  ),
  oracle(
    'M-RULE-19',
    'takes what is no number for 0',
    (O) =>
      class extends O {
        override admit(variable: OracleVariable, given: Given, extend: boolean) {
          const isNone = typeof given === 'number' && !Number.isFinite(given);
          return super.admit(variable, isNone ? 0 : given, extend);
        }
      },
  ),
  oracle(
    'M-RULE-20',
    'takes what is missing for the lowest value there is',
    (O) =>
      class extends O {
        override admit(variable: OracleVariable, given: Given, extend: boolean) {
          return super.admit(variable, given ?? variable.range[0], extend);
        }
      },
  ),
  oracle(
    'M-RULE-21',
    'answers the middle of the range where nothing fired',
    (O) =>
      class extends O {
        override withoutRules(output: OracleOutput): ReturnType<RuleOracle['withoutRules']> {
          const [low, high] = output.range;
          const found = super.withoutRules(output);
          if (found.status === 'determinate') return found;
          return { status: 'determinate', value: (low + high) / 2, source: 'default' };
        }
      },
  ),
  decisions(
    'M-RULE-22',
    'calls a default a value of the rules',
    (D) =>
      class extends D {
        override output(...args: Parameters<InstanceType<typeof D>['output']>) {
          const found = super.output(...args);
          return found.status === 'determinate' ? { ...found, source: 'rules' as const } : found;
        }
      },
  ),
  oracle(
    'M-RULE-23',
    'knows no default',
    (O) =>
      class extends O {
        override withoutRules(output: OracleOutput) {
          return super.withoutRules({ ...output, default: Number.NaN });
        }
      },
  ),
  oracle(
    'M-RULE-24',
    'hands on what the number of an output is a member of',
    (O) =>
      class extends O {
        override concluded(variable: string, term: string, run: OracleRun) {
          const output = run.rules.outputs.find(({ name }) => name === variable) as OracleOutput;
          const found = this.outputOf(output, run);
          if (found.status === 'indeterminate') return super.concluded(variable, term, run);
          return { value: this.membership(output.terms.find(({ name }) => name === term) as OracleTerm, found.value) };
        }
      },
  ),
  oracle(
    'M-RULE-25',
    'samples sets at the ends of their steps',
    (O) =>
      class extends O {
        override sampleAt(low: number, high: number, index: number, count: number) {
          return low + (index * (high - low)) / (count - 1);
        }
      },
  ),
  oracle(
    'M-RULE-26',
    'cuts every conclusion off at the degree of its rule',
    (O) =>
      class extends O {
        override defuzzified(output: OracleOutput, fired: Fired, run: OracleRun) {
          const cut = fired.map((one) => ({ ...one, block: { ...one.block, implication: 'Minimum' as const } }));
          return super.defuzzified(output, cut, run);
        }
      },
  ),
  oracle(
    'M-RULE-27',
    'combines conclusions by their maximum',
    (O) =>
      class extends O {
        override aggregated(output: OracleOutput, a: number, b: number) {
          return super.aggregated(output.aggregation === 'none' ? output : { ...output, aggregation: 'Maximum' }, a, b);
        }
      },
  ),
  oracle(
    'M-RULE-28',
    'lets every rule of a block fire',
    (O) =>
      class extends O {
        override activated(_: readonly string[], degrees: readonly (number | undefined)[]) {
          return super.activated(['General'], degrees);
        }
      },
  ),
  oracle(
    'M-RULE-29',
    'lets a rule fire by any degree above 0',
    (O) =>
      class extends O {
        override fires(degree: number) {
          return degree > 0;
        }
      },
  ),
  oracle(
    'M-RULE-30',
    'reads the constant of a linear conclusion first',
    (O) =>
      class extends O {
        override linear(coefficients: readonly number[], values: readonly number[]) {
          return super.linear([...coefficients.slice(1), coefficients[0] as number], values);
        }
      },
  ),
  oracle(
    'M-RULE-31',
    'takes every monotonic conclusion for a straight one',
    (O) =>
      class extends O {
        override inverse(term: OracleTerm, degree: number) {
          return super.inverse({ ...term, shape: 'Ramp' }, degree);
        }
      },
  ),
  oracle(
    'M-RULE-32',
    'takes the smallest of the highest for their mean',
    (O) =>
      class extends O {
        override defuzzified(output: OracleOutput, fired: Fired, run: OracleRun) {
          const [name, ...rest] = output.defuzzifier;
          const other = name === 'MeanOfMaximum' ? { ...output, defuzzifier: ['SmallestOfMaximum', ...rest] } : output;
          return super.defuzzified(other, fired, run);
        }
      },
  ),
  oracle(
    'M-RULE-33',
    'does not double the slope of bells',
    (O) =>
      class extends O {
        override membership(term: OracleTerm, x: number) {
          const [centre = 0, width = 0, slope = 0] = term.numbers;
          const numbers = term.shape === 'Bell' ? [centre, width, slope / 2] : term.numbers;
          return super.membership({ ...term, numbers }, x);
        }
      },
  ),
  oracle(
    'M-RULE-34',
    'ignores the height of terms',
    (O) =>
      class extends O {
        override membership(term: OracleTerm, x: number) {
          const numbers = term.shape === 'Triangle' ? term.numbers.slice(0, 3) : term.numbers;
          return super.membership({ ...term, numbers }, x);
        }
      },
  ),
  oracle(
    'M-RULE-35',
    'keeps the last value of an output for the next who asks',
    (O) =>
      class extends O {
        readonly last = new Map<string, number>();
        override outputOf(output: OracleOutput, run: OracleRun): ReturnType<RuleOracle['outputOf']> {
          const found = super.outputOf(output, run);
          if (found.status === 'determinate') this.last.set(output.name, found.value);
          const value = this.last.get(output.name);
          if (found.status === 'determinate' || found.reason !== 'nothing-fired' || value === undefined) return found;
          return output.lockPrevious ? { status: 'determinate', value, source: 'default', degrees: {} } : found;
        }
      },
  ),
  oracle(
    'M-RULE-36',
    'refuses values beyond a range that the binding extends',
    (O) =>
      class extends O {
        override admit(variable: OracleVariable, given: Given, _extend: boolean) {
          return super.admit(variable, given, false);
        }
      },
  ),
  oracle(
    'M-RULE-38',
    'leaves out a rule of which a premise is not known',
    (O) =>
      class extends O {
        override unknownOf(): Unknown | undefined {
          return undefined;
        }
      },
  ),
  oracle(
    'M-RULE-39',
    'takes a degree that nobody gave for 0',
    (O) =>
      class extends O {
        override givenDegree(_: string, degrees: Readonly<Record<string, number>>, term: string) {
          return { value: degrees[term] ?? 0 };
        }
      },
  ),
  oracle(
    'M-RULE-115',
    'is off by a part in a hundred million',
    (O) =>
      class extends O {
        override defuzzified(...args: Parameters<InstanceType<typeof O>['defuzzified']>) {
          return super.defuzzified(...args) * (1 + 1e-8);
        }
      },
  ),
  oracle(
    'M-RULE-99',
    'stops after a thousand rules',
    (O) =>
      class extends O {
        override blockOf(block: OracleBlock, run: OracleRun) {
          return super.blockOf({ ...block, rules: block.rules.slice(0, 1_000) }, run);
        }
      },
  ),
];
