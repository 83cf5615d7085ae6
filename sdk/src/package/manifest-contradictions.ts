import { doubtContradictions } from './doubt-contradictions.js';
import { imageContradictions } from './image-contradictions.js';
import type { InputSpec, Manifest, Range, SignalInputSpec, TableInputSpec, VolumeInputSpec } from './manifest.js';
import { pipelineContradictions } from './pipeline-contradictions.js';
import type { SchemaProblem } from './schema-validator.js';
import { sequenceContradictions } from './sequence-contradictions.js';
import { sequenceInputContradictions, textContradictions } from './token-contradictions.js';

/** What a schema cannot say: names that must exist, be unique, or agree with each other. */
export function manifestContradictions(manifest: Manifest): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  const say = (field: string, sentence: string) => problems.push({ field, sentence: `Field "${field}" ${sentence}` });

  for (const [list, names] of namedLists(manifest)) {
    names.forEach((name, index) => {
      if (names.indexOf(name) < index) say(`${list}/${index}`, `repeats the name "${name}". Names must be unique.`);
    });
  }

  const fed = new Map<string, string>();
  manifest.inputs.forEach((input, index) => {
    const field = `/inputs/${index}`;
    if (!manifest.tensors.inputs.some((t) => t.name === input.feeds)) {
      say(`${field}/feeds`, `names "${input.feeds}", which is not in /tensors/inputs.`);
    }
    const other = fed.get(input.feeds);
    if (other !== undefined) say(`${field}/feeds`, `names "${input.feeds}", which input "${other}" feeds already.`);
    fed.set(input.feeds, input.name);
    checkInput(input, field, say);
    if (input.kind === 'image' && input.sameGridAs !== undefined) {
      const other = manifest.inputs.find(({ name }) => name === input.sameGridAs);
      if (other?.kind !== 'image' || other === input) {
        say(`${field}/sameGridAs`, `names "${input.sameGridAs}", which is no other image in /inputs.`);
      }
    }
  });
  for (const { input } of manifest.sequence?.state ?? []) fed.set(input, 'state');
  manifest.tensors.inputs.forEach((tensor, index) => {
    if (!fed.has(tensor.name)) say(`/tensors/inputs/${index}`, `("${tensor.name}") is fed by no input. Add one.`);
    checkRange(tensor.range, `/tensors/inputs/${index}/range`, say);
  });

  manifest.outputs.forEach((output, index) => {
    if (!manifest.tensors.outputs.some((t) => t.name === output.from)) {
      say(`/outputs/${index}/from`, `names "${output.from}", which is not in /tensors/outputs.`);
    }
    if (output.kind === 'events' && !manifest.inputs.some((i) => i.name === output.input && i.kind === 'signal')) {
      say(`/outputs/${index}/input`, `names "${output.input}", which is no signal in /inputs.`);
    }
    if (output.kind === 'text') textContradictions(output, `/outputs/${index}`, say);
    if (output.kind === 'map') checkRange(output.range, `/outputs/${index}/range`, say);
    if ((output.kind === 'mask' || output.kind === 'map') && !hasGrid(manifest, output.input)) {
      say(`/outputs/${index}/input`, `names "${output.input}", which is no image or volume in /inputs.`);
    }
  });
  doubtContradictions(manifest, say);
  if (manifest.pipeline !== undefined) pipelineContradictions(manifest, manifest.pipeline, say);
  if (manifest.sequence !== undefined) sequenceContradictions(manifest, manifest.sequence, say);
  return problems;
}

function hasGrid(manifest: Manifest, name: string): boolean {
  return manifest.inputs.some((input) => input.name === name && (input.kind === 'image' || input.kind === 'volume'));
}

type Say = (field: string, sentence: string) => void;

function checkInput(input: InputSpec, field: string, say: Say): void {
  if (input.kind === 'table') checkTable(input, field, say);
  if (input.kind === 'signal') checkSignal(input, field, say);
  if (input.kind === 'image') imageContradictions(input, field, say);
  if (input.kind === 'volume') checkVolume(input, field, say);
  if (input.kind === 'sequence') sequenceInputContradictions(input, field, say);
}

function checkTable(input: TableInputSpec, field: string, say: Say): void {
  input.columns.forEach((column, index) => {
    const at = `${field}/columns/${index}`;
    if (column.type === 'number') {
      checkRange(column.validRange, `${at}/validRange`, say);
      checkRange(column.trainingRange, `${at}/trainingRange`, say);
      const imputed = typeof column.missing === 'object' ? column.missing.impute : undefined;
      if (imputed !== undefined && !within(imputed, column.validRange)) {
        say(`${at}/missing/impute`, 'lies outside validRange. Choose a value inside, or widen the range.');
      }
    }
    if (
      column.type === 'category' &&
      typeof column.missing === 'object' &&
      !column.categories.includes(column.missing.impute)
    ) {
      say(`${at}/missing/impute`, 'is not one of the categories.');
    }
  });
}

function checkSignal(input: SignalInputSpec, field: string, say: Say): void {
  if (input.samples.minimum > input.samples.maximum) say(`${field}/samples`, 'has a minimum above its maximum.');
  input.channels.forEach((channel, index) => {
    checkRange(channel.validRange, `${field}/channels/${index}/validRange`, say);
  });
}

function checkVolume(input: VolumeInputSpec, field: string, say: Say): void {
  checkRange(input.validRange, `${field}/validRange`, say);
  const { minimum, maximum } = input.spacingMm ?? { minimum: [], maximum: [] };
  minimum.forEach((least, axis) => {
    checkRange([least, maximum[axis] as number], `${field}/spacingMm/minimum/${axis}`, say);
  });
}

function checkRange(range: Range | undefined, field: string, say: Say): void {
  if (range !== undefined && range[0] > range[1]) say(field, 'has its lowest value above its highest. Swap them.');
}

function within(value: number, range: Range): boolean {
  return value >= range[0] && value <= range[1];
}

function* namedLists(manifest: Manifest): Iterable<[list: string, names: string[]]> {
  yield ['/tensors/inputs', manifest.tensors.inputs.map((t) => t.name)];
  yield ['/tensors/outputs', manifest.tensors.outputs.map((t) => t.name)];
  yield ['/inputs', manifest.inputs.map((i) => i.name)];
  yield ['/outputs', manifest.outputs.map((o) => o.name)];
  for (const [index, input] of manifest.inputs.entries()) {
    if (input.kind === 'table') yield [`/inputs/${index}/columns`, input.columns.map((c) => c.name)];
    if (input.kind === 'signal') {
      yield [`/inputs/${index}/channels`, input.channels.flatMap((c) => [c.name, ...(c.aliases ?? [])])];
    }
  }
  for (const [index, output] of manifest.outputs.entries()) {
    if (output.kind === 'mask') yield [`/outputs/${index}/classes`, output.classes.map((c) => c.label)];
    if (output.kind === 'classification') yield [`/outputs/${index}/classes`, output.classes.map((c) => c.label)];
    if (output.kind === 'regression') yield [`/outputs/${index}/values`, output.values.map((v) => v.label)];
  }
}
