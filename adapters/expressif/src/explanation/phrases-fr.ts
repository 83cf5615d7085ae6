import { byRange, type CitedPremise, type Phrases } from './phrases.js';
import { plainName, type Writing } from './writing.js';

// A space that does not break stands before a colon, a narrow one before a semicolon.

const cited = (premises: readonly CitedPremise[], { quote, list }: Writing): string =>
  list(premises.map(({ rule, statement }) => `${quote(statement)} dans la règle ${quote(rule)}`));

export const FRENCH: Phrases = {
  heading: ({ ruleBase }, { quote }) => `Explication d’un résultat de la base de règles ${quote(ruleBase)}.`,
  caveat: () => 'Ceci dit comment les règles aboutissent à leur résultat, non si ce résultat est vrai.',
  valueFromRules: ({ output, value, unit }, w) =>
    `Pour ${w.quote(output)}, les règles concluent à ${w.value(value, unit)}.`,
  valueFromDefault: ({ output, value, unit }, w) =>
    `Pour ${w.quote(output)}, aucune règle ne se déclenche\u00a0: ${w.value(value, unit)} est la valeur par défaut de la base de règles et non une conclusion.`,
  valueFromBefore: ({ output, value, unit }, w) =>
    `Pour ${w.quote(output)}, aucune règle ne se déclenche\u00a0: ${w.value(value, unit)} est conservé d’un résultat antérieur.`,
  valueWithoutEnd: ({ output }, { quote }) =>
    `Pour ${quote(output)}, aucune règle ne se déclenche, et la valeur par défaut de la base de règles est infinie.`,
  noValue: ({ output, reason }, { quote }) => {
    switch (reason) {
      case 'nothing-fired':
        return `Pour ${quote(output)}, il n’y a pas de résultat\u00a0: aucune règle ne se déclenche et la base de règles ne donne pas de valeur par défaut.`;
      case 'no-value':
        return `Pour ${quote(output)}, il n’y a pas de résultat\u00a0: ce que concluent les règles n’a pas de valeur.`;
      default:
        return `Pour ${quote(output)}, il n’y a pas de résultat\u00a0: les règles demandent ce qui n’est pas connu.`;
    }
  },
  variableDisabled: ({ variable }, { quote }) => `${quote(variable)} est désactivé dans la base de règles.`,
  fault: ({ reason, input, wanted, term }, { quote }) => {
    const name = quote(input.name);
    switch (reason) {
      case 'missing':
        return wanted === 'value'
          ? `Aucune valeur de ${name} n’a été donnée.`
          : `Le degré auquel ${name} est ${quote(term)} n’a pas été donné.`;
      case 'not-a-number':
        return wanted === 'value'
          ? `Ce qui a été donné pour ${name} n’est pas un nombre.`
          : `Ce qui a été donné pour le degré auquel ${name} est ${quote(term)} n’est pas un nombre.`;
      case 'expired':
        return `La valeur donnée pour ${name} est plus ancienne que les règles ne le permettent.`;
      case 'abstained':
        return `Le modèle qui donne ${name} s’est abstenu de décider.`;
      case 'not-measured':
        return `La réponse du modèle ne contient pas ce dont ${name} est tiré.`;
      default:
        return wanted === 'value'
          ? `La valeur donnée pour ${name} est hors du domaine pour lequel les règles ont été écrites.`
          : `Ce qui a été donné pour le degré auquel ${name} est ${quote(term)} n’est pas un degré.`;
    }
  },
  resolved: ({ reason, input, wanted, term, low, high }, w) => {
    const name = w.quote(input.name);
    if (reason === 'expired') return `Une valeur plus récente de ${name} y remédierait.`;
    if (reason === 'abstained' || reason === 'not-measured') {
      return `Une autre entrée du modèle pourrait y remédier pour ${name}.`;
    }
    if (wanted === 'degree') {
      return `Un degré de ${w.degree(low ?? 0)} à ${w.degree(high ?? 1)} auquel ${name} est ${w.quote(term)} y remédierait.`;
    }
    return byRange({ low, high, unit: input.unit }, w, {
      between: (least, most) => `Une valeur de ${name} de ${least} à ${most} y remédierait.`,
      from: (least) => `Une valeur de ${name} à partir de ${least} y remédierait.`,
      upTo: (most) => `Une valeur de ${name} jusqu’à ${most} y remédierait.`,
      any: () => `Une valeur de ${name} y remédierait.`,
    });
  },
  asksPremise: ({ rule, statement }, { quote }) =>
    `La règle ${quote(rule)} le demande dans sa prémisse ${quote(statement)}.`,
  asksConclusion: ({ rule, term, input }, { quote }) =>
    `La règle ${quote(rule)} demande ${quote(input)} dans sa conclusion ${quote(term)}.`,
  conclusion: ({ output, term, degree }, w) =>
    `Les règles concluent que ${w.quote(output)} est ${w.quote(term)} au degré ${w.degree(degree)}.`,
  ruleDecides: ({ rule }, { quote }) => `La règle ${quote(rule)} détermine ce degré.`,
  rulesTie: ({ rules }, { quoteAll }) =>
    `Les règles ${quoteAll(rules)} sont à égalité\u00a0: chacune à elle seule donne ce degré.`,
  rulesCount: ({ rules, main }, { quote, quoteAll }) =>
    `Les règles ${quoteAll(rules)} comptent toutes\u202f; ${quote(main)} compte le plus.`,
  rule: ({ rule, text }, { quote }) => `La règle ${quote(rule)} dit\u00a0: ${quote(text)}.`,
  ruleFires: ({ rule, degree }, w) => `La règle ${w.quote(rule)} se déclenche au degré ${w.degree(degree)}.`,
  ruleFiresWeighted: ({ rule, degree, antecedentDegree, weight, activation }, w) =>
    `La règle ${w.quote(rule)} se déclenche au degré ${w.degree(degree)}\u00a0: ses prémisses valent ${w.degree(antecedentDegree)}, son poids est ${w.degree(weight)} et son bloc active les règles par ${w.quote(activation)}.`,
  conclusionHedged: ({ rule, hedges, degree }, w) =>
    `Par ${w.quote(hedges.join(' '))} devant sa conclusion, la règle ${w.quote(rule)} conclut au degré ${w.degree(degree)}.`,
  premiseDecides: ({ statement, degree }, w) =>
    `La prémisse ${w.quote(statement)} est déterminante\u202f; elle vaut ${w.degree(degree)}.`,
  premiseTies: ({ statement, degree }, w) =>
    `La prémisse ${w.quote(statement)} est déterminante à égalité avec d’autres\u202f; elle vaut ${w.degree(degree)}.`,
  premiseCounts: ({ statement, degree }, w) =>
    `La prémisse ${w.quote(statement)} compte\u202f; elle vaut ${w.degree(degree)}.`,
  premiseCountsMost: ({ statement, degree }, w) =>
    `La prémisse ${w.quote(statement)} compte le plus\u202f; elle vaut ${w.degree(degree)}.`,
  inputValue: ({ input, value, unit, term, membership }, w) =>
    `${w.quote(input)} vaut ${w.given(value, unit)}, ce qui est ${w.quote(term)} au degré ${w.degree(membership)}.`,
  inputDegree: ({ input, term, membership }, w) =>
    `Que ${w.quote(input)} soit ${w.quote(term)} a été donné au degré ${w.degree(membership)}.`,
  inputClamped: ({ input }, { quote }) =>
    `${quote(input)} était hors de son domaine et a été ramené à sa limite, comme la base de règles le demande.`,
  inputSource: ({ input, model, version }, { quote }) =>
    `${quote(input)} a été donné par le modèle ${plainName(model)} ${plainName(version)}.`,
  concludedBefore: ({ output, term, membership, rules }, w) =>
    rules.length === 1
      ? `Que ${w.quote(output)} soit ${w.quote(term)} est conclu au degré ${w.degree(membership)} par la règle ${w.quoteAll(rules)}.`
      : `Que ${w.quote(output)} soit ${w.quote(term)} est conclu au degré ${w.degree(membership)} par les règles ${w.quoteAll(rules)}.`,
  concludedByNone: ({ output, term }, { quote }) =>
    `Que ${quote(output)} soit ${quote(term)} n’est conclu par aucune règle qui se déclenche.`,
  hedged: ({ hedges, degree }, w) => `Par ${w.quote(hedges.join(' '))}, cela devient ${w.degree(degree)}.`,
  necessary: ({ premises, degreeWithout }, w) =>
    `Sans ${cited(premises, w)}, le degré serait ${w.degree(degreeWithout)}.`,
  notNecessary: ({ premises }, w) =>
    `Sans ${cited(premises, w)}, le degré serait le même\u00a0: d’autres y suppléeraient.`,
  justification: ({ rules }, { quote, quoteAll, list }) =>
    `Suffit pour ce degré\u00a0: ${list(rules.map(({ rule, statements }) => `la règle ${quote(rule)} avec ${quoteAll(statements)}`))}.`,
  share: ({ rule, term, share, conclusion, unit }, w) =>
    conclusion === undefined
      ? `La règle ${w.quote(rule)} conclut à ${w.quote(term)} et a une part de ${w.degree(share)} dans la valeur.`
      : `La règle ${w.quote(rule)} conclut à ${w.quote(term)}, ici ${w.value(conclusion, unit)}, et a une part de ${w.degree(share)} dans la valeur.`,
  contribution: ({ rule, value, valueWithout, unit }, w) =>
    `Sans la règle ${w.quote(rule)}, la valeur serait ${w.value(valueWithout, unit, value)}.`,
  contributionNone: ({ rule }, { quote }) => `Sans la règle ${quote(rule)}, la valeur serait la même.`,
  contributionAll: ({ rule, output }, { quote }) =>
    `Sans la règle ${quote(rule)}, aucune règle ne se déclencherait pour ${quote(output)}.`,
  contributionNoValue: ({ rule, output }, { quote }) =>
    `Sans la règle ${quote(rule)}, ${quote(output)} n’aurait pas de valeur.`,
  ruleLeftOut: ({ rule, outcome, activation, weight, block, antecedentDegree }, w) => {
    const name = w.quote(rule);
    switch (outcome) {
      case 'rule-disabled':
        return `La règle ${name} est désactivée.`;
      case 'block-disabled':
        return `La règle ${name} est dans le bloc ${w.quote(block)}, qui est désactivé.`;
      case 'unknown-premise':
        return `La règle ${name} demande ce qui n’est pas connu.`;
      case 'unknown-block':
        return `La règle ${name} est choisie parmi les règles du bloc ${w.quote(block)}, dont l’une n’est pas connue.`;
      case 'weight':
        return `Les prémisses de la règle ${name} valent ${w.degree(antecedentDegree ?? 0)}\u202f; son poids de ${w.degree(weight)} l’empêche de se déclencher.`;
      default:
        return `Les prémisses de la règle ${name} valent ${w.degree(antecedentDegree ?? 0)}\u202f; l’activation ${w.quote(activation)} du bloc ${w.quote(block)} l’écarte.`;
    }
  },
  unexpectedRule: ({ rule, degree }, w) =>
    `Les prémisses de la règle ${w.quote(rule)} valent ${w.degree(degree)}\u202f; elle ne joue aucun rôle dans ce résultat.`,
  unexpectedPremise: ({ statement, rule, degree }, w) =>
    `${w.quote(statement)}, que demande la règle ${w.quote(rule)}, vaut ${w.degree(degree)}\u202f; cela ne joue aucun rôle dans ce résultat.`,
  changeTerms: ({ output, change, strongest }, w) =>
    `Si ${w.quote(change.input)} valait ${w.given(change.to, change.unit, change.from)} au lieu de ${w.given(change.from, change.unit, change.to)}, tout le reste étant égal, les règles concluraient pour ${w.quote(output)} avant tout à ${w.quoteAll(strongest)}.`,
  changeValue: ({ output, change, value, threshold, unit }, w) =>
    value < threshold
      ? `Si ${w.quote(change.input)} valait ${w.given(change.to, change.unit, change.from)} au lieu de ${w.given(change.from, change.unit, change.to)}, tout le reste étant égal, ${w.quote(output)} serait ${w.value(value, unit, threshold)}, au-dessous de ${w.given(threshold, unit, value)}.`
      : `Si ${w.quote(change.input)} valait ${w.given(change.to, change.unit, change.from)} au lieu de ${w.given(change.from, change.unit, change.to)}, tout le reste étant égal, ${w.quote(output)} serait ${w.value(value, unit, threshold)}, à ${w.given(threshold, unit, value)} ou au-dessus.`,
  changeNone: ({ output }, { quote }) =>
    `Aucune entrée à elle seule, parmi les valeurs essayées, ne change le résultat pour ${quote(output)} comme demandé.`,
  changeAlready: ({ output, term }, { quote }) =>
    `Les règles concluent déjà pour ${quote(output)} avant tout à ${quote(term)}.`,
  changeUnknown: ({ output }, { quote }) =>
    `Pour ${quote(output)}, il n’y a pas de résultat dont un changement pourrait partir.`,
  searched: ({ input, unit, searched }, w) =>
    searched.kind === 'values'
      ? `${w.quote(input)} n’a été essayé qu’à ses autres valeurs possibles.`
      : `${w.quote(input)} a été essayé de ${w.given(searched.low)} à ${w.given(searched.high, unit)}, aux angles de ses termes et par pas de ${w.given(searched.grid, unit)}\u202f; un changement est le plus petit à ${w.given(searched.resolution, unit)} près.`,
  notVaried: ({ input, because }, { quote }) => {
    switch (because) {
      case 'fixed':
        return `${quote(input)} a été laissé tel quel, comme demandé.`;
      case 'disabled':
        return `${quote(input)} a été laissé tel quel\u00a0: il est désactivé.`;
      case 'given-as-degrees':
        return `${quote(input)} a été laissé tel quel\u00a0: il a été donné par degrés.`;
      default:
        return `${quote(input)} a été laissé tel quel\u00a0: il n’a pas de valeur utilisable.`;
    }
  },
};
