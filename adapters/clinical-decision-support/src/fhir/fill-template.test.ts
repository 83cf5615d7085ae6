import { describe, expect, it } from 'vitest';
import { fillTemplate } from './fill-template.js';

const context = { patientId: 'p-1', userId: 'Practitioner/dr-7', encounterId: 'e 1', selections: ['x'] };

describe('fillTemplate', () => {
  it.each([
    ['Patient/{{context.patientId}}', 'Patient/p-1'],
    ['Encounter/{{ context.encounterId }}', 'Encounter/e%201'],
    ['Practitioner/{{userPractitionerId}}', 'Practitioner/dr-7'],
    ['Observation?a=1', 'Observation?a=1'],
    ['Patient/{{userPatientId}}', undefined],
    ['Patient/{{context.other}}', undefined],
    ['Patient/{{context.selections}}', undefined],
    ['Patient/{{context.constructor}}', undefined],
    ['Patient/{{context.patientId.x}}', undefined],
    ['Patient/{{today()}}', undefined],
  ])('makes %j into %j', (template, filled) => {
    expect(fillTemplate(template, { context })).toBe(filled);
  });
});
