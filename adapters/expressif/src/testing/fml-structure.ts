import { parseXml, type XmlElement } from '../formats/xml-tree.js';

/**
 * What the schema of IEEE Std 1855-2016 asks of elements: which children in which order, and which attributes. Made
 * from the schema's rules; the schema itself comes with JFML and may not stand here.
 */
type Rule = { readonly children: RegExp; readonly required?: Attributes; readonly optional?: Attributes };
type Attributes = Readonly<Record<string, RegExp>>;

const ID = /^[\p{L}_][\p{L}\p{N}_.-]*$/u;
const FLOAT = /^([+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|INF|-INF|NaN)$/;
const CUSTOM = 'custom_\\S*';
const T_NORM = new RegExp(`^(MIN|PROD|BSUM|DRS|EPROD|HPROD|NILMIN|${CUSTOM})$`);
const S_NORM = new RegExp(`^(MAX|PROBOR|BSUM|DRS|ESUM|HSUM|NILMAX|${CUSTOM})$`);
const NONE = /^$/;
const SHAPE =
  'rightLinearShape|leftLinearShape|piShape|triangularShape|gaussianShape|rightGaussianShape|leftGaussianShape|trapezoidShape|singletonShape|rectangularShape|zShape|sShape|pointSetShape';
const MONOTONE = 'rightLinearShape|leftLinearShape|rightGaussianShape|leftGaussianShape|zShape|sShape';
const numbers = (count: number): Rule => ({
  children: NONE,
  required: Object.fromEntries(Array.from({ length: count }, (_, i) => [`param${i + 1}`, FLOAT] as const)),
});
const METHODS: Attributes = { andMethod: T_NORM, orMethod: S_NORM };
const RULE_ATTRIBUTES: Attributes = {
  ...METHODS,
  connector: /^(and|AND|or|OR)$/,
  weight: FLOAT,
};
const CLAUSE: Rule = { children: /^variable term $/ };
const MODIFIERS =
  /^(above|any|below|extremely|intensify|more_or_less|norm|not|plus|seldom|slightly|somewhat|very|custom_\S*)$/;
const DOMAIN: Attributes = { name: ID, domainleft: FLOAT, domainright: FLOAT };
const JOINED = /^(clause clause |(and|or) clause )$/;

const RULES: Readonly<Record<string, Rule>> = {
  fuzzySystem: {
    children: /^knowledgeBase ((mamdani|tsukamoto|tsk|anYa)RuleBase )+$/,
    required: { name: ID },
  },
  knowledgeBase: { children: /^((fuzzy|tsukamoto|aggregatedFuzzy|tsk)Variable ){2,}$/ },
  fuzzyVariable: {
    children: /^(fuzzyTerm )+$/,
    required: DOMAIN,
    optional: {
      scale: /^/,
      type: /^(input|output|INPUT|OUTPUT|Input|Output)$/,
      accumulation: S_NORM,
      defuzzifier: new RegExp(`^(MOM|LM|RM|COG|COA|${CUSTOM})$`),
      defaultValue: FLOAT,
    },
  },
  fuzzyTerm: {
    children: new RegExp(`^(${SHAPE}) $`),
    required: { name: ID },
    optional: { complement: /^(true|false)$/i },
  },
  tsukamotoVariable: {
    children: /^(tsukamotoTerm )+$/,
    required: { ...DOMAIN, type: /^output$/ },
    optional: { scale: /^/, combination: /^WA$/, defaultValue: FLOAT },
  },
  tsukamotoTerm: { children: new RegExp(`^(${MONOTONE}) $`), required: { name: ID }, optional: {} },
  tskVariable: {
    children: /^(tskTerm )+$/,
    required: { name: ID, type: /^output$/ },
    optional: { scale: /^/, combination: /^WA$/, defaultValue: FLOAT },
  },
  tskTerm: { children: /^(tskValue )+$/, required: { name: ID, order: /^[01]$/ } },
  tskValue: { children: NONE },
  aggregatedFuzzyVariable: {
    children: /^(aggregatedFuzzyTerm )+$/,
    required: { name: ID },
    optional: { type: /^input$/ },
  },
  aggregatedFuzzyTerm: { children: /^(and|or) $/, required: { name: ID } },
  and: { children: JOINED, optional: { 't-norm': T_NORM } },
  or: { children: JOINED, optional: { 't-conorm': S_NORM } },
  singletonShape: numbers(1),
  ...Object.fromEntries(
    [...MONOTONE.split('|'), 'piShape', 'gaussianShape', 'rectangularShape'].map((name) => [name, numbers(2)] as const),
  ),
  triangularShape: numbers(3),
  trapezoidShape: numbers(4),
  pointSetShape: {
    children: /^(point )+$/,
    optional: { interpolationMethod: /^(linear|lagrange|spline)$/, degree: /^\d+$/ },
  },
  point: { children: NONE, required: { x: FLOAT, y: FLOAT } },
  mamdaniRuleBase: base('rule'),
  tsukamotoRuleBase: base('rule'),
  tskRuleBase: base('tskRule'),
  rule: { children: /^antecedent consequent $/, required: { name: ID }, optional: RULE_ATTRIBUTES },
  tskRule: { children: /^antecedent tskConsequent $/, required: { name: ID }, optional: RULE_ATTRIBUTES },
  antecedent: { children: /^(clause )+$/ },
  consequent: { children: /^then (else )?$/ },
  tskConsequent: { children: /^tskThen (tskElse )?$/ },
  tskThen: { children: /^(tskClause )+$/ },
  clause: { ...CLAUSE, optional: { modifier: MODIFIERS } },
  tskClause: CLAUSE,
  variable: { children: NONE },
  term: { children: NONE },
  // Spelt so, for an object with a method of that name would be taken for a promise.
  ['then' as string]: { children: /^(clause )+$/ },
};

function base(rule: string): Rule {
  return {
    children: new RegExp(`^(${rule} )+$`),
    required: { name: ID },
    optional: { ...METHODS, activationMethod: T_NORM },
  };
}

/** What the schema would refuse in a document; empty where it is valid. */
export function faultsOfFml(text: string): string[] {
  const faults: string[] = [];
  const ids = new Set<string>();
  const references: XmlElement[] = [];
  const visit = (element: XmlElement): void => {
    const rule = RULES[element.name];
    const at = `${element.name} in line ${element.line}`;
    if (rule === undefined || element.namespace !== 'http://www.ieee1855.org') {
      faults.push(`${at} is no element of the standard`);
      return;
    }
    const children = element.children.map(({ name }) => `${name} `).join('');
    if (!rule.children.test(children)) faults.push(`${at} holds ${children}`);
    const known = { ...rule.required, ...rule.optional };
    for (const name of Object.keys(rule.required ?? {})) {
      if (!element.attributes.has(name)) faults.push(`${at} has no ${name}`);
    }
    for (const [name, value] of element.attributes) {
      if (known[name]?.test(value) !== true) faults.push(`${at} has ${name}="${value}"`);
    }
    const id = element.attributes.get('name');
    if (id !== undefined && ids.has(id)) faults.push(`${at} is called ${id} as another is`);
    if (id !== undefined) ids.add(id);
    if (element.name === 'variable' || element.name === 'term') references.push(element);
    if (element.name === 'tskValue' && !FLOAT.test(element.text)) faults.push(`${at} is ${element.text}`);
    for (const child of element.children) visit(child);
  };
  visit(parseXml(text));
  for (const { name, text: id } of references) if (!ids.has(id)) faults.push(`${name} ${id} is not there`);
  return faults;
}
