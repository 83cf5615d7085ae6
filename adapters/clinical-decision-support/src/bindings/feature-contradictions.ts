import type { ColumnSpec, InputSpec } from '@deephealth/sdk';
import { compileFhirPath } from '../mapping/fhir-path.js';
import { CONTEXT } from '../mapping/resources-of.js';
import { convertUnit, isUcumUnit } from '../mapping/ucum-units.js';
import { type Report, under } from './binding-problem.js';
import type { FeatureBinding, ServiceBinding } from './cds-hooks-binding.js';

/** What is wrong with the features of a service, in themselves and beside the manifest. */
export function checkFeatures(service: ServiceBinding, input: InputSpec, report: Report): void {
  const { features } = service;
  if (input.kind !== 'table') {
    if (features !== undefined)
      report(['features'], `Input "${input.name}" is of kind ${input.kind} and has no columns. Remove them.`);
    return;
  }
  if (features === undefined) {
    report([], `Input "${input.name}" is a table. Add "features", one for each column.`);
    return;
  }
  for (const column of input.columns) {
    const feature = Object.hasOwn(features, column.name) ? features[column.name] : undefined;
    if (feature === undefined) report(['features'], `Column "${column.name}" of the manifest is not bound. Add it.`);
    else checkFeature(feature, column, service, under(report, 'features', column.name));
  }
  const declared = new Set(input.columns.map(({ name }) => name));
  for (const name of Object.keys(features)) {
    if (!declared.has(name))
      report(['features', name], 'The manifest has no column of this name. Remove it, or check its spelling.');
  }
}

function checkFeature(feature: FeatureBinding, column: ColumnSpec, service: ServiceBinding, report: Report): void {
  if (feature.from !== CONTEXT && !Object.hasOwn(service.prefetch, feature.from)) {
    report(['from'], `There is no prefetch key "${feature.from}". Add one, or take "${CONTEXT}".`);
  }
  checkPath(feature, report);
  if (feature.missing === 'unknown' && (column.missing ?? 'refuse') === 'refuse') {
    report(['missing'], 'The manifest refuses an unknown value here. Use "refuse" or "abstain".');
  }
  const isNumeric = feature.unit !== undefined || feature.isAge === true;
  if (!isNumeric && ['mean', 'minimum', 'maximum'].includes(feature.aggregate ?? 'latest')) {
    report(['aggregate'], 'Only numbers have one. Use "latest" or "earliest".');
  }
  if (column.type === 'number') checkNumber(feature, column, report);
  else if (column.type === 'category') checkCategory(feature, column, report);
  else checkBoolean(feature, report);
  checkRange(feature, column, isNumeric, report);
  if (feature.molarMass !== undefined && feature.unit === undefined)
    report(['molarMass'], 'It says nothing without a unit. Remove it.');
}

function checkPath(feature: FeatureBinding, report: Report): void {
  if (feature.fhirPath === undefined) {
    if (feature.isAge === true) report(['isAge'], 'An age needs a "fhirPath" that gives the birth date.');
    return;
  }
  if (/\btrace\s*\(/.test(feature.fhirPath)) report(['fhirPath'], 'It writes what it sees to a log. Remove trace().');
  try {
    compileFhirPath(feature.fhirPath);
  } catch {
    report(['fhirPath'], 'It is not a FHIRPath expression. Check its spelling and brackets.');
  }
}

function checkRange(feature: FeatureBinding, column: ColumnSpec, isNumeric: boolean, report: Report): void {
  if (feature.range === undefined) return;
  const [lowest, highest] = feature.range;
  if (!isNumeric) report(['range'], 'Only numbers have one. Remove it.');
  else if (lowest > highest) report(['range'], 'Its lowest value is above its highest.');
  else if (column.type === 'number' && (lowest < column.validRange[0] || highest > column.validRange[1])) {
    report(['range'], `It goes beyond the valid range of the manifest, ${column.validRange.join(' to ')}.`);
  }
}

function checkNumber(feature: FeatureBinding, column: Extract<ColumnSpec, { type: 'number' }>, report: Report): void {
  if (feature.unit !== column.unit) {
    report(['unit'], `The manifest declares "${column.unit}"; the unit of the binding must be the same.`);
  } else if (!isUcumUnit(feature.unit)) {
    report(['unit'], `"${feature.unit}" is not a unit of UCUM.`);
  }
  if (feature.isAge === true && feature.unit !== undefined && convertUnit(1, 'a', feature.unit) !== 1) {
    report(['unit'], 'An age is in years, "a".');
  }
  if (feature.isAge === true && feature.maximumAgeDays !== undefined) {
    report(['maximumAgeDays'], 'A birth date does not become too old. Remove it.');
  }
  if (feature.categories !== undefined) report(['categories'], 'The column is a number. Remove them.');
  if (feature.isAbove !== undefined) report(['isAbove'], 'The column is a number, not a boolean. Remove it.');
}

function checkCategory(
  feature: FeatureBinding,
  column: Extract<ColumnSpec, { type: 'category' }>,
  report: Report,
): void {
  refuseNumeric(feature, 'a category', report);
  if (feature.isAbove !== undefined) report(['isAbove'], 'The column is a category, not a boolean. Remove it.');
  if (feature.categories === undefined) {
    report([], 'The column is a category. Add "categories", from codes to those of the manifest.');
    return;
  }
  for (const [key, category] of Object.entries(feature.categories)) {
    if (typeof category !== 'string' || !column.categories.includes(category)) {
      report(
        ['categories', key],
        `It leads to no category of the manifest. Use one of ${column.categories.join(', ')}.`,
      );
    }
  }
}

function checkBoolean(feature: FeatureBinding, report: Report): void {
  if (feature.isAbove !== undefined) {
    if (feature.categories !== undefined) report(['categories'], 'A threshold and categories exclude each other.');
    if (feature.unit === undefined) report([], 'A threshold is in a unit. Add "unit".');
    else if (!isUcumUnit(feature.unit)) report(['unit'], `"${feature.unit}" is not a unit of UCUM.`);
    // Of a number that becomes true or false, nobody sees any more that it was impossible.
    if (feature.range === undefined) report([], 'A threshold needs "range": what is outside of it is refused.');
    return;
  }
  refuseNumeric(feature, 'a boolean without "isAbove"', report);
  for (const [key, category] of Object.entries(feature.categories ?? {})) {
    if (typeof category !== 'boolean')
      report(['categories', key], 'The column is a boolean: it must lead to true or false.');
  }
}

function refuseNumeric(feature: FeatureBinding, what: string, report: Report): void {
  if (feature.unit !== undefined) report(['unit'], `The column is ${what} and has no unit. Remove it.`);
  if (feature.isAge === true) report(['isAge'], `The column is ${what}, and an age is a number.`);
}
