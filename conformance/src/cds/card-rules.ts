import { TargetFailure } from '../run/case-result.js';
import type { LooseJson } from './loose-json.js';

const LONGEST_SUMMARY = 139;
const REVERSE_DOMAIN = /^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+){2,}$/i;

function must(isRight: boolean, wrong: string): void {
  if (!isRight) throw new TargetFailure(wrong);
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isList = (value: unknown): value is LooseJson[] => Array.isArray(value) && value.length > 0;
const isObject = (value: unknown): value is Record<string, LooseJson> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isAbsolute(value: unknown): boolean {
  return isText(value) && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

function isCoding(value: LooseJson): boolean {
  return isObject(value) && isText(value.code) && isText(value.system);
}

/** Path of the first null, empty text, list or object; undefined if there is none. */
export function emptyValue(value: unknown, path = ''): string | undefined {
  if (value === null || value === '') return path;
  if (typeof value !== 'object') return undefined;
  const members = Object.entries(value as object);
  if (members.length === 0) return path;
  for (const [name, member] of members) {
    const found = emptyValue(member, `${path}/${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What a card must be, by name; each gives its evidence, or throws TargetFailure. */
const RULES = {
  'no-empty-values': (card: LooseJson) => {
    const empty = emptyValue(card);
    must(empty === undefined, `${empty} of the card is null or empty`);
    return 'nothing is null or empty';
  },
  uuid: ({ uuid }: LooseJson) => {
    must(isText(uuid), 'the card has no uuid');
    return 'a uuid';
  },
  summary: ({ summary }: LooseJson) => {
    must(isText(summary) && summary.trim() !== '', 'the card has no summary');
    must(summary.length <= LONGEST_SUMMARY, `the summary has ${summary.length} characters, and may have 139`);
    return `a summary of ${summary.length} characters`;
  },
  indicator: ({ indicator }: LooseJson) => {
    must(['info', 'warning', 'critical'].includes(indicator), `the indicator is ${JSON.stringify(indicator)}`);
    return `indicator ${indicator}`;
  },
  source: ({ source }: LooseJson) => {
    must(isObject(source) && isText(source.label), 'the source of the card has no label');
    return 'a source with a label';
  },
  'source-urls': ({ source }: LooseJson) => {
    must(isObject(source) && isAbsolute(source.url), 'the URL of the source is not absolute');
    must(source.icon === undefined || isAbsolute(source.icon), 'the icon of the source is no absolute URL');
    return 'an absolute URL of the source';
  },
  topic: ({ source }: LooseJson) => {
    must(isCoding(source?.topic), 'the topic of the source is no coding with code and system');
    return 'a topic with code and system';
  },
  detail: ({ detail }: LooseJson) => {
    must(isText(detail), 'the card has no detail');
    const raw = /<\/?[a-z][a-z0-9-]*(?:\s[^>]*)?\/?>/i.exec(detail)?.[0];
    must(raw === undefined, `the detail holds HTML: ${raw?.slice(0, 40)}`);
    return 'a detail without HTML';
  },
  suggestions: ({ suggestions, selectionBehavior }: LooseJson) => {
    must(isList(suggestions), 'the card has no suggestions, which its binding declares');
    must(
      ['at-most-one', 'any'].includes(selectionBehavior),
      `the selectionBehavior is ${JSON.stringify(selectionBehavior)}`,
    );
    for (const { label, uuid, isRecommended } of suggestions) {
      must(isText(label), 'a suggestion has no label');
      must(uuid === undefined || isText(uuid), 'the uuid of a suggestion is no text');
      must(isRecommended === undefined || typeof isRecommended === 'boolean', 'isRecommended is no boolean');
    }
    const recommended = suggestions.filter((one: LooseJson) => one.isRecommended).length;
    must(recommended < 2 || selectionBehavior === 'any', 'several suggestions are recommended, and one may be chosen');
    return `${suggestions.length} suggestions`;
  },
  'suggestion-labels': ({ suggestions }: LooseJson) => {
    must(isList(suggestions), 'the card has no suggestions, which its binding declares');
    must(
      suggestions.every(({ label }: LooseJson) => isText(label)),
      'a suggestion has no label',
    );
    return `${suggestions.length} suggestions with labels`;
  },
  actions: ({ suggestions }: LooseJson) => {
    const actions = (isList(suggestions) ? suggestions : []).flatMap((one: LooseJson) => one.actions ?? []);
    must(actions.length > 0, 'the suggestions have no actions, which their binding declares');
    for (const { type, description, resource, resourceId } of actions) {
      must(['create', 'update', 'delete'].includes(type), `the type of an action is ${JSON.stringify(type)}`);
      must(isText(description), 'an action has no description');
      if (type === 'delete') must(isText(resourceId) && resource?.id === undefined, 'a deletion needs a resourceId');
      else must(isObject(resource) && isText(resource.resourceType), 'an action has no FHIR resource');
    }
    return `${actions.length} actions`;
  },
  resources: ({ suggestions }: LooseJson) => {
    const resources = (suggestions ?? []).flatMap((one: LooseJson) =>
      (one.actions ?? []).map((a: LooseJson) => a.resource),
    );
    must(resources.length > 0, 'the suggestions create no resources, which their binding declares');
    for (const resource of resources) {
      must(!JSON.stringify(resource).includes('{{'), 'a resource holds a token that is not filled in');
      const { resourceType, status, intent, subject } = resource;
      must(
        [resourceType, status, intent, subject?.reference].every(isText),
        'a ServiceRequest is not whole: status, intent and subject must be there',
      );
    }
    return `${resources.length} whole resources`;
  },
  'override-reasons': ({ overrideReasons }: LooseJson) => {
    must(isList(overrideReasons), 'the card has no override reasons, which its binding declares');
    for (const reason of overrideReasons) {
      must(isCoding(reason) && isText(reason.display), 'an override reason has no code, system or display');
    }
    return `${overrideReasons.length} override reasons with display`;
  },
  links: ({ links }: LooseJson) => {
    must(isList(links), 'the card has no links, which its binding declares');
    for (const { label, url, type, appContext } of links) {
      must(isText(label) && isAbsolute(url), 'a link has no label, or no absolute URL');
      must(type === 'absolute' || type === 'smart', `the type of a link is ${JSON.stringify(type)}`);
      must(appContext === undefined || type === 'smart', 'an absolute link has an appContext');
    }
    return `${links.length} links`;
  },
  'link-context': ({ links }: LooseJson) => {
    must(isList(links), 'the card has no links, which its binding declares');
    must(
      links.every(({ type, appContext }: LooseJson) => type === 'smart' || appContext === undefined),
      'an absolute link has an appContext',
    );
    return `${links.length} links, none of them absolute with an appContext`;
  },
  extension: ({ extension }: LooseJson) => {
    must(isObject(extension), 'the card has no extension');
    for (const [name, value] of Object.entries(extension)) {
      must(isObject(value), `the extension ${name} is no object`);
    }
    return `extensions ${Object.keys(extension).join(', ')} are objects`;
  },
  'extension-names': ({ extension }: LooseJson) => {
    must(isObject(extension), 'the card has no extension');
    const strange = Object.keys(extension).find((name) => !REVERSE_DOMAIN.test(name));
    must(strange === undefined, `the extension "${strange}" has no name in reverse-domain form`);
    return `extensions ${Object.keys(extension).join(', ')}`;
  },
  provenance: ({ extension }: LooseJson) => {
    const { modelName, modelVersion, packageSha256 } = extension?.['eu.deephealth.provenance'] ?? {};
    must(isText(modelName) && isText(modelVersion), 'the card does not say which model and version it is of');
    must(/^[0-9a-f]{64}$/.test(packageSha256 ?? ''), 'the card does not say which package it is of');
    return `of ${modelName} ${modelVersion}, package ${packageSha256.slice(0, 8)}…`;
  },
} as const satisfies Record<string, (card: LooseJson) => string>;

export type CardRule = keyof typeof RULES;
export const CARD_RULES = Object.keys(RULES) as CardRule[];

/** Evidence of a rule; throws TargetFailure where the card breaks it. */
export function checkCard(card: unknown, rule: CardRule): string {
  if (!isObject(card)) throw new TargetFailure('a card is no object');
  return RULES[rule](card);
}
