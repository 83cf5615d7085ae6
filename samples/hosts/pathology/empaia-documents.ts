// What EMPAIA's App API v3 takes, as strictly as its public models of data have it: fields that are missing, that are
// more, or that are of another kind are refused.
export type Fields = Readonly<Record<string, unknown>>;
type Rule = (value: unknown) => boolean;

export interface JobFacts {
  readonly jobId: string;
  readonly wsiId: string;
  /** Extents of level 0. */
  readonly width: number;
  readonly height: number;
  readonly levels: number;
  /** "<namespace>.classes.<key>" of the EAD. */
  readonly classValues: readonly string[];
}

const isText: Rule = (value) => typeof value === 'string' && value.length > 0 && value.length <= 1000;
const isNumber: Rule = (value) => typeof value === 'number' && Number.isFinite(value);
const isCount: Rule = (value) => Number.isInteger(value) && (value as number) >= 0;
const is =
  (...expected: readonly unknown[]): Rule =>
  (value) =>
    expected.includes(value);

/** The first thing that is wrong with an object of a job; undefined if nothing is. */
export function problemOf(document: Fields, facts: JobFacts, annotations: ReadonlySet<string>): string | undefined {
  const kind = KINDS[String(document.type)];
  if (kind === undefined) return `type ${String(document.type)}`;
  const isAboutAnnotation = document.reference_type === 'annotation';
  const rules: Record<string, Rule> = {
    type: isText,
    creator_type: is('job'),
    creator_id: is(facts.jobId),
    reference_type: is('wsi', 'annotation'),
    reference_id: (value) => (isAboutAnnotation ? annotations.has(String(value)) : value === facts.wsiId),
    ...kind(facts),
  };
  const optional = ['name', 'description', 'items'];
  for (const name of Object.keys(document)) if (!(name in rules) && !optional.includes(name)) return `unknown ${name}`;
  for (const [name, rule] of Object.entries(rules)) if (!rule(document[name])) return name;
  for (const name of ['name', 'description']) {
    if (document[name] !== undefined && !isText(document[name])) return name;
  }
  if (document.type === 'polygon' && !isText(document.name)) return 'name';
  const isEmpty = document.items === undefined || (Array.isArray(document.items) && document.items.length === 0);
  return isEmpty ? undefined : 'items';
}

const KINDS: Readonly<Record<string, (facts: JobFacts) => Record<string, Rule>>> = {
  continuous_pixelmap: ({ levels, classValues }) => ({
    reference_type: is('wsi'),
    element_type: is('float32'),
    min_value: isNumber,
    neutral_value: isNumber,
    max_value: isNumber,
    tilesize: (value) => isCount(value) && (value as number) >= 256 && (value as number) <= 2048,
    channel_count: (value) => isCount(value) && (value as number) >= 1,
    channel_class_mapping: (value) =>
      Array.isArray(value) &&
      value.every((one: Fields) => isCount(one.number_value) && classValues.includes(String(one.class_value))),
    levels: (value) => Array.isArray(value) && value.length > 0 && value.every((one) => isPixelmapLevel(one, levels)),
  }),
  collection: () => ({ item_type: is('polygon', 'class') }),
  polygon: ({ width, height }) => ({
    reference_type: is('wsi'),
    npp_created: (value) => isNumber(value) && (value as number) > 0,
    npp_viewing: (value) =>
      Array.isArray(value) && value.length === 2 && value.every(isNumber) && 0 < value[0] && value[0] <= value[1],
    coordinates: (value) =>
      Array.isArray(value) &&
      value.length >= 3 &&
      value.every(
        (point) =>
          Array.isArray(point) && point.length === 2 && point.every(isCount) && point[0] <= width && point[1] <= height,
      ),
  }),
  class: ({ classValues }) => ({
    reference_type: is('annotation'),
    value: (value) => classValues.includes(String(value)),
  }),
  float: () => ({ name: isText, value: isNumber }),
};

function isPixelmapLevel(level: Fields, levels: number): boolean {
  const names = ['slide_level', 'position_min_x', 'position_min_y', 'position_max_x', 'position_max_y'];
  const isWhole = names.every((name) => isCount(level[name])) && Object.keys(level).length === names.length;
  const [at, left, top, right, bottom] = names.map((name) => level[name] as number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return isWhole && at < levels && left <= right && top <= bottom;
}
