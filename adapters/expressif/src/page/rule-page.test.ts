import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../engine/create-engine.js';
import type { Antecedent, KnowledgeBase } from '../knowledge-base.js';
import { lintKnowledgeBase } from '../lint/lint-knowledge-base.js';
import { vitals } from '../testing/vitals.js';
import { answerRulePage } from './answer-rule-page.js';
import { phrasesFor } from './page-phrases.js';
import { idOf } from './plot-frame.js';
import { type RulePageOptions, renderRulePage } from './rule-page.js';
import { rulePagePolicy } from './rule-page-policy.js';

const BASE: RulePageOptions = { version: '7', digest: 'sha256:abc', findings: [] };
const page = (options: Partial<RulePageOptions> = {}, kb = vitals()) => renderRulePage(kb, { ...BASE, ...options });
const LIVE = { inputs: { lactate: 1.5, map: 70 }, evaluateAddress: '/rules/evaluate' };

/** The rule base with other names: the reader of files would refuse them, other readers need not. */
function renamed(kb: KnowledgeBase, rename: (name: string) => string): KnowledgeBase {
  const ofTerm = <T extends { variable: string; term?: string | undefined }>(one: T): T => ({
    ...one,
    variable: rename(one.variable),
    ...(one.term !== undefined && { term: rename(one.term) }),
  });
  const ofAntecedent = (one: Antecedent): Antecedent =>
    one.kind === 'is' ? ofTerm(one) : { ...one, left: ofAntecedent(one.left), right: ofAntecedent(one.right) };
  const ofVariable = <T extends KnowledgeBase['inputs'][number]>(one: T): T => ({
    ...one,
    name: rename(one.name),
    terms: one.terms.map((term) => ({ ...term, name: rename(term.name) })),
  });
  return {
    name: rename(kb.name),
    inputs: kb.inputs.map(ofVariable),
    outputs: kb.outputs.map(ofVariable),
    ruleBlocks: kb.ruleBlocks.map((block) => ({
      ...block,
      name: rename(block.name),
      rules: block.rules.map((rule) => ({
        ...rule,
        id: rename(rule.id),
        antecedent: ofAntecedent(rule.antecedent),
        consequents: rule.consequents.map(ofTerm),
      })),
    })),
  };
}

const ODD = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onfocus='alert(1)' autofocus='",
  '</style></svg></title><script>alert(1)</script>',
  '</textarea>--><!--',
  ']]>&amp;&lt;',
  '`\\u0000`',
  'naïve 血圧 \u202e \u0000\u0007',
];

describe('renderRulePage', () => {
  it('shows numbers, degrees, rules and who made them', () => {
    const text = page({ inputs: { lactate: 2.5, map: 100 }, explanationText: 'since lactate is 2.5' });
    for (const shown of [
      'Version 7',
      'sha256:abc',
      'Research use only',
      '>80<',
      'large 0.25',
      'since lactate is 2.5',
    ]) {
      expect(text).toContain(shown);
    }
    expect(text).toContain('if lactate is normal and map is not low then risk is small');
    expect(text).toMatch(/<tr class="fired"><th scope="row">1\.2<\/th><td class="number">0\.25<\/td>/);
    expect(text).toMatch(/<tr class=""><th scope="row">1\.1<\/th><td class="number">0<\/td>/);
  });

  it('says why there is no number, and shows none', () => {
    const text = page({ inputs: { lactate: 12, map: 100 } });
    expect(text).toContain(
      '<dd class="none">no number<small>a value is out of its range, because of “lactate”, first asked for by rule 1.1.',
    );
    expect(text).toContain('not known');
    expect(page({ inputs: { lactate: 1 } })).toContain('a value is missing');
    const standIn = vitals(
      ['  aggregation', '  default: 5\n  aggregation'],
      ['rule: if lactate is normal and map is not low then risk is small\n', ''],
    );
    expect(page({ inputs: { lactate: 0, map: 100 } }, standIn)).toContain('default: no rule fired');
  });

  it('shows an input given as degrees, and one that was moved to the end of its range', () => {
    expect(page({ inputs: { lactate: { degrees: { normal: 0.3, raised: 0.7 } }, map: 80 } })).toContain(
      'given as degrees – normal 0.3, raised 0.7',
    );
    const locking = vitals(['  range: 0 10', '  range: 0 10\n  lock-range: true']);
    expect(page({ inputs: { lactate: 12, map: 80 } }, locking)).toContain('12 (moved to the end of its range)');
  });

  it('shows the rules alone without values', () => {
    const text = page();
    expect(text).toContain('Nothing has been evaluated');
    expect(text).not.toContain('<form');
    expect(text).not.toContain('<script');
  });

  it('shows a rule base that cannot be evaluated, with the reason', () => {
    const broken = vitals(['lactate is normal', 'lactate is norml']);
    const { findings: _, ...options } = BASE;
    const text = renderRulePage(broken, { ...options, ...LIVE });
    expect(text).toContain('none of its terms');
    expect(text).not.toContain('<form');
  });

  it('loads nothing, runs nothing but its own script, and has a policy that says so', () => {
    const text = page(LIVE);
    const style = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? '';
    const script = /<script type="module">([\s\S]*?)<\/script>/.exec(text)?.[1] ?? '';
    const digest = (part: string) => `sha256-${createHash('sha256').update(part).digest('base64')}`;
    const policy = rulePagePolicy('/rules/evaluate');
    expect(policy).toContain(`style-src '${digest(style)}'`);
    expect(policy).toContain(`script-src '${digest(script)}'`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self'");
    expect(text).toContain(policy.replaceAll("'", '&#39;'));
    expect(rulePagePolicy()).not.toContain('script-src');
    expect(rulePagePolicy('https://rules.example:8443/a?b')).toContain('connect-src https://rules.example:8443');
    const outside = text.replace(style, '').replace(script, '').replaceAll('http://www.w3.org/2000/svg', '');
    expect(outside).not.toMatch(/https?:|\ssrc=|\shref=|\sstyle=|<link|<img|<iframe|@import/);
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'ftp://x/y'])(
    'refuses to send values to %s',
    (evaluateAddress) => {
      expect(() => page({ evaluateAddress })).toThrow(RangeError);
    },
  );

  it.each(ODD)('writes names as text, whatever they hold: %j', (odd) => {
    const kb = renamed(vitals(), (name) => `${name}${odd}`);
    const options = {
      version: odd,
      digest: odd,
      explanationText: odd,
      inputs: { [`lactate${odd}`]: 1.5, [`map${odd}`]: 70 },
    };
    const findings = lintKnowledgeBase(kb, { samples: 8 });
    expect(findings.length).toBeGreaterThan(0);
    const text = renderRulePage(kb, { findings, ...options, evaluateAddress: `/x?${odd}` });
    const plain = renderRulePage(vitals(), { ...BASE, ...LIVE });
    const tags = (page: string, tag: string) => page.split(`<${tag}`).length - 1;
    for (const tag of ['script', 'style', 'img', 'svg', 'form', '!--', 'textarea', 'input']) {
      expect(tags(text, tag), tag).toBe(tags(plain, tag));
    }
    // No attribute but those of the plain page.
    const names = (page: string) =>
      new Set(
        [...page.matchAll(/<[a-z][^<>]*>/g)].flatMap(([tag]) =>
          [...tag.replace(/"[^"]*"/g, '').matchAll(/\s([a-z-]+)=/gi)].map(([, name]) => name),
        ),
      );
    expect([...names(text)].filter((name) => !names(plain).has(name))).toEqual([]);
    expect(text).not.toContain('\u0000');
  });

  it('gives each element an id of its own', () => {
    const kb = renamed(vitals(), (name) => (name === 'lactate' ? 'a b' : name === 'map' ? 'a_32b' : name));
    for (const text of [page(LIVE), page({ evaluateAddress: '/e', inputs: { 'a b': 1, a_32b: 70 } }, kb)]) {
      const ids = [...text.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id ?? '');
      expect(ids.filter((id, k) => ids.indexOf(id) !== k)).toEqual([]);
      const targets = [...text.matchAll(/aria-(?:labelledby|describedby)="([^"]*)"/g)].flatMap(([, list = '']) =>
        list.split(' '),
      );
      expect(targets.filter((id) => !ids.includes(id))).toEqual([]);
    }
  });

  it('speaks French', () => {
    const text = page({ ...LIVE, language: 'fr-CA' });
    expect(text).toContain('<html lang="fr-CA">');
    expect(text).toContain('Pour la recherche uniquement');
    expect(text).toContain('>1,5<');
    expect(Object.keys(phrasesFor('fr')).sort()).toEqual(Object.keys(phrasesFor('en')).sort());
    expect(phrasesFor('constructor')).toBe(phrasesFor('en'));
    expect(page({ language: 'not a language' })).toContain('<html lang="en">');
  });

  it('shows of very many rules those that fired, and how many it leaves out', () => {
    const kb = vitals();
    const [block] = kb.ruleBlocks;
    const [first, second] = block?.rules ?? [];
    if (block === undefined || first === undefined || second === undefined)
      throw new Error('the rule base lacks its rules');
    const rules = [...Array.from({ length: 520 }, (_, k) => ({ ...first, id: `x${k}` })), { ...second, id: 'last' }];
    const text = page({ inputs: { lactate: 4, map: 50 } }, { ...kb, ruleBlocks: [{ ...block, rules }] });
    expect(text).toContain('21 more rules are not shown');
    expect(text).toContain('<th scope="row">last</th>');
  });
});

describe('answerRulePage', () => {
  const engine = createEngine(vitals());
  const surface = { output: 'risk', x: 'map', y: 'lactate' };

  it('answers with the evaluation, and with every part that the page has', () => {
    const answer = answerRulePage(
      engine,
      { values: { lactate: 2.5, map: 100 }, surface },
      { explain: () => 'said <so>' },
    );
    expect(answer.outputs).toMatchObject([{ name: 'risk', status: 'determinate', degrees: { large: 0.25 } }]);
    expect(answer.rules[1]).toEqual({ rule: '1.2', degree: 0.25, fired: true });
    expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
    const text = page(LIVE);
    const parts = [...text.matchAll(/<div id="(part-[^"]*)" class="part/g)].map(([, id]) => id);
    expect(Object.keys(answer.parts).sort()).toEqual(parts.sort());
    expect(answer.parts['part-results']).toContain('said &lt;so&gt;');
    expect(answer.parts['part-behaviour']).toContain('risk over map and lactate');
    expect(answer.parts[idOf('part', 'input', 'lactate')]).toContain('At 2.5 the degrees are');
  });

  it('shows of the same values what the page shows', () => {
    const { parts } = answerRulePage(engine, { values: LIVE.inputs });
    const text = page(LIVE);
    for (const part of Object.values(parts)) expect(text).toContain(part);
  });

  it('takes null and what is left out for missing', () => {
    for (const values of [{ lactate: 2 }, { lactate: 2, map: null }]) {
      const { outputs, rules } = answerRulePage(engine, { values });
      expect(outputs).toMatchObject([{ status: 'indeterminate', reason: 'missing', variable: 'map' }]);
      expect(rules.map(({ degree }) => degree)).toEqual([null, null]);
    }
  });

  it('shows one input alone where none is chosen for the second axis', () => {
    const { parts } = answerRulePage(engine, { values: {}, surface: { output: 'risk', x: 'map' } });
    expect(parts['part-behaviour']).not.toContain('over map and');
    const twice = answerRulePage(engine, { values: {}, surface: { output: 'risk', x: 'map', y: 'map' } });
    expect(twice.parts).toEqual(parts);
  });

  it.each([
    [undefined, 'DH_REQUEST_MALFORMED'],
    [null, 'DH_REQUEST_MALFORMED'],
    [[], 'DH_REQUEST_MALFORMED'],
    [{ values: [1] }, 'DH_REQUEST_MALFORMED'],
    [{ values: { lactate: '2' } }, 'DH_REQUEST_MALFORMED'],
    [{ values: { lactate: { degrees: {} } } }, 'DH_REQUEST_MALFORMED'],
    [{ values: { secret: 2 } }, 'DH_INPUT_UNKNOWN'],
    [JSON.parse('{"values":{"__proto__":2}}'), 'DH_INPUT_UNKNOWN'],
    [{ values: {}, surface: 'risk' }, 'DH_REQUEST_MALFORMED'],
    [{ values: {}, surface: { output: 'risk' } }, 'DH_REQUEST_MALFORMED'],
    [{ values: {}, surface: { output: 'risk', x: 'map', y: 3 } }, 'DH_REQUEST_MALFORMED'],
    [{ values: {}, surface: { ...surface, output: 'secret' } }, 'DH_OUTPUT_UNKNOWN'],
    [{ values: {}, surface: { ...surface, x: 'secret' } }, 'DH_INPUT_UNKNOWN'],
    [{ values: {}, surface: { ...surface, y: 'secret' } }, 'DH_INPUT_UNKNOWN'],
  ])('refuses %j', (body, code) => {
    expect(() => answerRulePage(engine, body)).toThrow(
      expect.objectContaining({ code, message: expect.not.stringContaining('secret') }),
    );
  });
});
