import { describe, expect, it } from 'vitest';
import { createEngine } from '../engine/create-engine.js';
import { vitals } from '../testing/vitals.js';
import { SampledBehaviour } from './sampled-behaviour.js';

const silent = vitals(['rule: if lactate is normal and map is not low then risk is small\n', '']);
const VALUES = { lactate: 0.12345, map: 98.7654 };

describe('SampledBehaviour', () => {
  it('tells where a point met nothing, and of a record only that it did', () => {
    const ofPoint = new SampledBehaviour(silent, createEngine(silent));
    ofPoint.visit(VALUES);
    expect(ofPoint.findings(0).map(({ evidence }) => evidence.example)).toEqual([VALUES, VALUES]);
    const ofRecord = new SampledBehaviour(silent, createEngine(silent));
    ofRecord.visitRecord(VALUES);
    expect(ofRecord.findings(0).map(({ code }) => code)).toEqual(['silent-region', 'indeterminate-output']);
    expect(JSON.stringify(ofRecord.findings(0))).not.toMatch(/12345|7654/);
  });

  it('does not count a record that lacks a value', () => {
    const behaviour = new SampledBehaviour(silent, createEngine(silent));
    behaviour.visitRecord({ lactate: 1 });
    expect(behaviour.findings(1)).toEqual([]);
    behaviour.visit(VALUES);
    expect(behaviour.findings(0)[0]?.evidence).toMatchObject({ points: 1, share: 1 });
  });
});
