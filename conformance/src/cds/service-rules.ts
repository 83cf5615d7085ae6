import { TargetFailure } from '../run/case-result.js';
import { emptyValue } from './card-rules.js';
import { CDS_SERVICES } from './cds-models.js';
import type { ServiceRule } from './cds-step.js';
import type { LooseJson } from './loose-json.js';

/** What a hook's context holds that is a primitive, and may stand in a token. */
const CONTEXT_FIELDS = ['userId', 'patientId', 'encounterId'];
const USER_TOKENS = ['userPractitionerId', 'userPractitionerRoleId', 'userPatientId', 'userRelatedPersonId'];
const ANY_BRACES = /\{\{?([^{}]*)\}?\}/g;
/** Parameters that the restricted subset has beside those of the resource itself. */
const NOT_IN_SUBSET = /[?&](?:_include|_revinclude|_has|_filter|_query|_text|_content|[^=&]*:(?!in=)[a-z-]+)=/i;

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

function must(isRight: boolean, wrong: string): void {
  if (!isRight) throw new TargetFailure(wrong);
}

const templatesOf = (services: readonly LooseJson[]): [string, unknown][] =>
  services.flatMap(({ prefetch }) => Object.entries(prefetch ?? {}));

const RULES: Readonly<Record<ServiceRule, (services: readonly LooseJson[]) => string>> = {
  listed: (services) => {
    for (const { id, hook } of CDS_SERVICES) {
      const found = services.filter((one) => one?.id === id && one.hook === hook);
      must(found.length === 1, `the service ${id} of hook ${hook} is ${found.length} times in the list`);
    }
    return CDS_SERVICES.map(({ id }) => id).join(', ');
  },
  described: (services) => {
    for (const { hook, id, description } of services) {
      must([hook, id, description].every(isText), 'a service has no hook, id or description');
    }
    return `${services.length} services with hook, id and description`;
  },
  titled: (services) => {
    must(
      services.every(({ title }) => isText(title)),
      'a service has no title',
    );
    return `${services.length} services with title`;
  },
  templates: (services) => {
    for (const { id, prefetch } of CDS_SERVICES) {
      const offered = services.find((one) => one?.id === id)?.prefetch;
      for (const [key, { query }] of Object.entries(prefetch)) {
        must(offered?.[key] === query, `the template ${key} of ${id} is ${JSON.stringify(offered?.[key])}`);
      }
    }
    must(
      templatesOf(services).every(([, query]) => isText(query)),
      'a template is no text',
    );
    return `${templatesOf(services).length} templates as the package binds them`;
  },
  tokens: (services) => {
    const tokens = templatesOf(services).flatMap(([, query]) => [...String(query).matchAll(ANY_BRACES)]);
    must(tokens.length > 0, 'no template holds a token');
    for (const [whole, name = ''] of tokens) {
      const isKnown = CONTEXT_FIELDS.some((field) => name === `context.${field}`) || USER_TOKENS.includes(name);
      must(whole === `{{${name}}}` && isKnown, `${whole} is no token of a primitive field of the context`);
    }
    return `${tokens.length} tokens`;
  },
  subset: (services) => {
    const queries = templatesOf(services).map(([, query]) => String(query));
    must(queries.length > 0, 'there is no template');
    const strange = queries.find((query) => NOT_IN_SUBSET.test(query) || query.includes('/_history'));
    must(strange === undefined, `${strange} is beyond the subset that every client can do`);
    return `${queries.length} templates of the restricted subset`;
  },
  'no-empty-values': (services) => {
    const empty = emptyValue(services);
    must(empty === undefined, `${empty} of the services is null or empty`);
    return 'nothing is null or empty';
  },
};

/** Evidence that the answer of a discovery is as it must be; throws TargetFailure where it is not. */
export function checkServices(answer: LooseJson, rules: readonly ServiceRule[]): string[] {
  const services = answer?.services;
  if (!Array.isArray(services)) throw new TargetFailure('the answer has no list of services');
  const strange = services.find((one) => typeof one !== 'object' || one === null);
  if (strange !== undefined) throw new TargetFailure('a service is no object');
  return [`${services.length} services`, ...rules.map((rule) => RULES[rule](services))];
}
