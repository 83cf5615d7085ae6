import type { IndeterminateReason } from '../engine/evaluation.js';

/** What page and plots say, in one language. Findings of the lint and explanations come with their own words. */
export type PagePhrases = {
  readonly researchUse: string;
  readonly version: string;
  readonly digest: string;
  readonly results: string;
  readonly inputs: string;
  readonly outputs: string;
  readonly behaviour: string;
  readonly rules: string;
  readonly findings: string;
  readonly noFindings: string;
  readonly explanation: string;
  readonly noEvaluation: string;
  readonly value: string;
  readonly missing: string;
  /** An input given as degrees instead of a number. */
  readonly asDegrees: string;
  readonly clamped: string;
  readonly range: (from: string, to: string) => string;
  readonly noNumber: string;
  readonly reasons: Readonly<Record<IndeterminateReason, string>>;
  readonly because: (variable: string) => string;
  readonly inRule: (rule: string) => string;
  readonly sources: Readonly<Record<'default' | 'previous', string>>;
  readonly degree: string;
  readonly termsOf: (variable: string) => string;
  readonly terms: (names: string) => string;
  readonly termsAt: (value: string, degrees: string) => string;
  readonly setOf: (output: string) => string;
  readonly concluded: string;
  readonly standsFor: (value: string) => string;
  readonly surfaceOf: (output: string, x: string, y: string) => string;
  readonly responseOf: (output: string, input: string) => string;
  readonly lowest: (value: string, place: string) => string;
  readonly highest: (value: string, place: string) => string;
  readonly nowhere: string;
  readonly others: (values: string) => string;
  readonly shareWithout: (percent: string) => string;
  readonly shareDefault: (percent: string) => string;
  readonly declared: (from: string, to: string) => string;
  readonly indeterminate: string;
  readonly defaultHolds: string;
  readonly figures: string;
  readonly term: string;
  readonly definition: string;
  readonly rule: string;
  readonly text: string;
  readonly notKnown: string;
  readonly notShown: (count: number) => string;
  readonly across: string;
  readonly upwards: string;
  readonly output: string;
  readonly evaluate: string;
  readonly fixedAt: string;
  readonly severity: string;
  readonly severities: Readonly<Record<'error' | 'warning' | 'note', string>>;
  readonly kind: string;
  readonly finding: string;
  /** For the script of the page. */
  readonly answered: string;
  readonly failed: string;
};

const en: PagePhrases = {
  researchUse: 'Research use only',
  version: 'Version',
  digest: 'Digest',
  results: 'Result',
  inputs: 'Inputs and their terms',
  outputs: 'What the rules conclude',
  behaviour: 'How an output follows its inputs',
  rules: 'Rules',
  findings: 'Findings of the lint',
  noFindings: 'Nothing was found.',
  explanation: 'Explanation',
  noEvaluation: 'Nothing has been evaluated: the page shows the rule base alone.',
  value: 'Value',
  missing: 'no value',
  asDegrees: 'given as degrees',
  clamped: 'moved to the end of its range',
  range: (from, to) => `${from} to ${to}`,
  noNumber: 'no number',
  reasons: {
    'nothing-fired': 'no rule fired, and there is no default',
    missing: 'a value is missing',
    'not-a-number': 'a value is no number',
    'out-of-range': 'a value is out of its range',
    expired: 'a value is too old',
    abstained: 'the model abstained',
    'not-measured': 'the model’s answer does not hold a value',
    'no-value': 'what fired has no value',
  },
  because: (variable) => `because of “${variable}”`,
  inRule: (rule) => `first asked for by rule ${rule}`,
  sources: { default: 'default: no rule fired', previous: 'kept from before: no rule fired' },
  degree: 'degree',
  termsOf: (variable) => `Terms of ${variable}`,
  terms: (names) => `Membership functions: ${names}.`,
  termsAt: (value, degrees) => `At ${value} the degrees are: ${degrees}.`,
  setOf: (output) => `What the rules conclude of ${output}`,
  concluded: 'The rules conclude:',
  standsFor: (value) => `The value that stands for it is ${value}.`,
  surfaceOf: (output, x, y) => `${output} over ${x} and ${y}`,
  responseOf: (output, input) => `${output} over ${input}`,
  lowest: (value, place) => `Lowest: ${value} at ${place}.`,
  highest: (value, place) => `Highest: ${value} at ${place}.`,
  nowhere: 'There is no number anywhere.',
  others: (values) => `Other inputs: ${values}.`,
  shareWithout: (percent) => `No number at ${percent}.`,
  shareDefault: (percent) => `The default stands in at ${percent}.`,
  declared: (from, to) => `declared ${from} to ${to}`,
  indeterminate: 'no number',
  defaultHolds: 'default: no rule fires',
  figures: 'The same in figures',
  term: 'Term',
  definition: 'Definition',
  rule: 'Rule',
  text: 'Text',
  notKnown: 'not known',
  notShown: (count) => `${count} more rules are not shown.`,
  across: 'Across',
  upwards: 'Upwards',
  output: 'Output',
  evaluate: 'Evaluate',
  fixedAt: 'Other inputs are held at their values; one without a value, in the middle of its range.',
  severity: 'Severity',
  severities: { error: 'error', warning: 'warning', note: 'note' },
  kind: 'Kind',
  finding: 'Finding',
  answered: 'Evaluated.',
  failed: 'No answer to these values: what is shown belongs to other ones.',
};

const fr: PagePhrases = {
  researchUse: 'Pour la recherche uniquement',
  version: 'Version',
  digest: 'Empreinte',
  results: 'Résultat',
  inputs: 'Entrées et leurs termes',
  outputs: 'Ce que concluent les règles',
  behaviour: 'Comment une sortie suit ses entrées',
  rules: 'Règles',
  findings: 'Constats de l’analyse (en anglais)',
  noFindings: 'Rien n’a été trouvé.',
  explanation: 'Explication',
  noEvaluation: 'Rien n’a été évalué : la page montre la base de règles seule.',
  value: 'Valeur',
  missing: 'sans valeur',
  asDegrees: 'donnée par des degrés',
  clamped: 'ramenée au bord de son domaine',
  range: (from, to) => `de ${from} à ${to}`,
  noNumber: 'pas de nombre',
  reasons: {
    'nothing-fired': 'aucune règle ne s’applique, et il n’y a pas de valeur par défaut',
    missing: 'une valeur manque',
    'not-a-number': 'une valeur n’est pas un nombre',
    'out-of-range': 'une valeur est hors de son domaine',
    expired: 'une valeur est trop ancienne',
    abstained: 'le modèle s’est abstenu',
    'not-measured': 'la réponse du modèle ne contient pas la valeur',
    'no-value': 'ce qui s’applique n’a pas de valeur',
  },
  because: (variable) => `à cause de « ${variable} »`,
  inRule: (rule) => `demandée d’abord par la règle ${rule}`,
  sources: {
    default: 'valeur par défaut : aucune règle ne s’applique',
    previous: 'valeur antérieure : aucune règle ne s’applique',
  },
  degree: 'degré',
  termsOf: (variable) => `Termes de ${variable}`,
  terms: (names) => `Fonctions d’appartenance : ${names}.`,
  termsAt: (value, degrees) => `En ${value} les degrés sont : ${degrees}.`,
  setOf: (output) => `Ce que les règles concluent de ${output}`,
  concluded: 'Les règles concluent :',
  standsFor: (value) => `La valeur qui le représente est ${value}.`,
  surfaceOf: (output, x, y) => `${output} selon ${x} et ${y}`,
  responseOf: (output, input) => `${output} selon ${input}`,
  lowest: (value, place) => `Minimum : ${value} en ${place}.`,
  highest: (value, place) => `Maximum : ${value} en ${place}.`,
  nowhere: 'Il n’y a de nombre nulle part.',
  others: (values) => `Autres entrées : ${values}.`,
  shareWithout: (percent) => `Pas de nombre pour ${percent}.`,
  shareDefault: (percent) => `Valeur par défaut pour ${percent}.`,
  declared: (from, to) => `déclaré de ${from} à ${to}`,
  indeterminate: 'pas de nombre',
  defaultHolds: 'par défaut : aucune règle',
  figures: 'Les mêmes données en chiffres',
  term: 'Terme',
  definition: 'Définition',
  rule: 'Règle',
  text: 'Texte',
  notKnown: 'inconnu',
  notShown: (count) => `${count} autres règles ne sont pas montrées.`,
  across: 'En abscisse',
  upwards: 'En ordonnée',
  output: 'Sortie',
  evaluate: 'Évaluer',
  fixedAt: 'Les autres entrées gardent leur valeur ; sans valeur, le milieu de leur domaine.',
  severity: 'Gravité',
  severities: { error: 'erreur', warning: 'avertissement', note: 'remarque' },
  kind: 'Genre',
  finding: 'Constat',
  answered: 'Évalué.',
  failed: 'Pas de réponse pour ces valeurs : ce qui est montré en concerne d’autres.',
};

const PHRASES: Readonly<Record<string, PagePhrases>> = { en, fr };

/** In the language, such as `fr` or `fr-CA`, or in English where the page does not speak it. */
export function phrasesFor(language: string): PagePhrases {
  const key = language.split('-')[0] ?? 'en';
  return (Object.hasOwn(PHRASES, key) ? PHRASES[key] : undefined) ?? en;
}
