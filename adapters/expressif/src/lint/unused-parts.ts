import { parseFormula } from '../fuzzy/formula.js';
import type { KnowledgeBase, OutputVariable, Rule } from '../knowledge-base.js';
import type { ActiveRules } from './active-rules.js';
import { type LintFinding, listed } from './lint-finding.js';

/** What rules ask for and conclude, as far as they can count. */
export type Usage = {
  readonly asks: (variable: string, term?: string) => boolean;
  readonly concludes: (output: string, term?: string) => boolean;
};

export function usageOf({ rules, premises }: ActiveRules): Usage {
  const asked = new Set(premises.flatMap(({ variable, term }) => [key(variable), key(variable, term)]));
  const concluded = new Set(
    rules.flatMap(({ rule }) => rule.consequents.flatMap(({ variable, term }) => [key(variable), key(variable, term)])),
  );
  return {
    asks: (variable, term) => asked.has(key(variable, term)),
    concludes: (output, term) => concluded.has(key(output, term)),
  };
}

const key = (variable: string, term?: string): string => JSON.stringify([variable, term ?? null]);

/** Variables that nothing uses, and of the others the terms that nothing uses. */
export function findUnusedParts(knowledgeBase: KnowledgeBase, usage: Usage): LintFinding[] {
  const { inputs, outputs } = knowledgeBase;
  const values = new Set(outputs.flatMap((output) => inputsOfValues(output, knowledgeBase, usage)));
  const findings: LintFinding[] = [];
  for (const { name, terms } of inputs) {
    if (!usage.asks(name) && !values.has(name)) {
      findings.push(unused(name, `No rule asks for the input "${name}": it counts for nothing.`));
    } else if (usage.asks(name)) {
      const dead = terms.filter((term) => !usage.asks(name, term.name));
      findings.push(...dead.map((term) => deadTerm(name, term.name, 'note', 'no rule asks for it')));
    }
  }
  for (const { name, terms } of outputs) {
    if (!usage.concludes(name)) findings.push(unused(name, `No rule concludes the output "${name}".`));
    else {
      const dead = terms.filter((term) => !usage.concludes(name, term.name));
      findings.push(...dead.map((term) => deadTerm(name, term.name, 'warning', 'no rule concludes it')));
    }
  }
  return findings;
}

function unused(variable: string, message: string): LintFinding {
  return { code: 'unused-variable', severity: 'warning', message, place: { variable }, evidence: {} };
}

function deadTerm(variable: string, term: string, severity: 'warning' | 'note', why: string): LintFinding {
  const message = `The term "${term}" of "${variable}" is dead: ${why}.`;
  return { code: 'dead-term', severity, message, place: { variable, term }, evidence: {} };
}

/** Inputs whose numbers a conclusion is computed from. */
function inputsOfValues({ name, terms }: OutputVariable, { inputs }: KnowledgeBase, usage: Usage): string[] {
  return terms
    .filter((term) => usage.concludes(name, term.name))
    .flatMap(({ definition }) => {
      if (definition.kind === 'linear') {
        return inputs.filter((_, i) => (definition.coefficients[i] ?? 0) !== 0).map((input) => input.name);
      }
      return definition.kind === 'function' ? parseFormula(definition.formula, { line: 1, column: 1 }).variables : [];
    });
}

/** Rules that are switched off or weigh nothing. Those of one block are told together. */
export function findSilencedRules({ ruleBlocks }: KnowledgeBase): LintFinding[] {
  return ruleBlocks.flatMap((block): LintFinding[] => {
    const tell = (code: 'disabled-rule' | 'zero-weight', rules: readonly Rule[], what: string): LintFinding[] => {
      if (rules.length === 0) return [];
      const ids = rules.map(({ id }) => id);
      return [
        {
          code,
          severity: code === 'zero-weight' ? 'warning' : 'note',
          message: `Rule${ids.length === 1 ? '' : 's'} ${listed(ids)} of the block "${block.name}" ${what}.`,
          place: { block: block.name, rules: ids },
          evidence: { rules: ids.length },
        },
      ];
    };
    const off = block.enabled ? block.rules.filter(({ enabled }) => !enabled) : block.rules;
    const weightless = block.enabled ? block.rules.filter(({ enabled, weight }) => enabled && weight === 0) : [];
    return [
      ...tell('disabled-rule', off, 'cannot fire: switched off'),
      ...tell('zero-weight', weightless, 'cannot fire: the weight is 0'),
    ];
  });
}
