import type { Evaluated } from '../../expressif/oracle/rule-oracle.js';
import type { DecidingPath, ExplainedRule, ReadExplanation } from '../../expressif/read-explanation.js';

export type Language = 'en' | 'fr';

const WORDS = {
  en: {
    fired: (rule: string, degree: string, position: string) =>
      `Rule ${rule} holds to ${degree}, by its premise ${position}.`,
    concluded: (output: string, term: string, degree: string, rules: string) =>
      `That ${output} is ${term} follows to ${degree} from ${rules}.`,
    value: (output: string, value: string) => `${output} comes to ${value}.`,
    unknown: (output: string) => `Nothing can be said of ${output}.`,
  },
  fr: {
    fired: (rule: string, degree: string, position: string) =>
      `La règle ${rule} est vraie au degré ${degree}, par sa prémisse ${position}.`,
    concluded: (output: string, term: string, degree: string, rules: string) =>
      `Que ${output} est ${term} découle au degré ${degree} de ${rules}.`,
    value: (output: string, value: string) => `${output} vaut ${value}.`,
    unknown: (output: string) => `Rien ne peut être dit de ${output}.`,
  },
} as const;
const DIGITS = 4;

/** An explanation in words. */
export class ReferenceTexts {
  text({ rules, outputs }: ReadExplanation, evaluated: Evaluated, language: Language): string {
    const words = WORDS[language];
    const number = (value: number) => this.number(value, language);
    return [
      ...rules.flatMap((one) => this.rule(one, language)),
      ...outputs.flatMap(({ output, conclusions }) => [
        ...conclusions.map(({ term, degree, decidedBy }) =>
          words.concluded(output, term, number(degree), decidedBy.rules.join(', ')),
        ),
        valueOfOutput(evaluated, output) === undefined
          ? words.unknown(output)
          : words.value(output, number(valueOfOutput(evaluated, output) as number)),
      ]),
    ].join('\n');
  }

  rule({ rule, degree, deciding }: ExplainedRule, language: Language): string[] {
    if (degree === undefined || deciding === undefined) return [];
    return [WORDS[language].fired(rule, this.number(degree, language), String(leaf(deciding)))];
  }

  number(value: number, language: Language): string {
    const text = String(Number(value.toPrecision(DIGITS)));
    return language === 'fr' ? text.replace('.', ',') : text;
  }
}

function valueOfOutput({ outputs }: Evaluated, name: string): number | undefined {
  const output = outputs[name];
  return output?.status === 'determinate' ? output.value : undefined;
}

function leaf(path: DecidingPath): number {
  return path.kind === 'premise' ? path.position : leaf(path.parts[path.main] as DecidingPath);
}
