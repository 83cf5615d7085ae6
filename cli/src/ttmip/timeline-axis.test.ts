import { describe, expect, it } from 'vitest';
import { durationText } from './duration-text.js';
import { timelineAxis } from './timeline-axis.js';

const HOUR = 3_600_000;
const interval = (fromMs: number, untilMs: number) => ({ fromMs, untilMs });

describe('timelineAxis', () => {
  it('gives machine time its scale, and an hour of nothing as much room as three', () => {
    const one = timelineAxis([interval(0, 10_000), interval(HOUR, HOUR + 10_000)], 1000);
    const three = timelineAxis([interval(0, 10_000), interval(3 * HOUR, 3 * HOUR + 10_000)], 1000);
    expect(one.breaks.map(({ width }) => width)).toEqual(three.breaks.map(({ width }) => width));
    expect(one.at(10_000) - one.at(0)).toBeCloseTo(one.at(HOUR + 10_000) - one.at(HOUR));
    expect(one.at(HOUR + 10_000)).toBeCloseTo(1000);
    expect(one.at(10_000)).toBeCloseTo(10 * one.pixelsPerSecond);
  });

  it('draws short pauses as long as they are, and never goes back', () => {
    const axis = timelineAxis(
      [interval(0, 1000), interval(2000, 3000), interval(500, 1500), interval(HOUR, HOUR)],
      400,
    );
    expect(axis.breaks).toHaveLength(1);
    const places = [0, 1000, 1500, 2000, 3000, HOUR / 2, HOUR].map((ms) => axis.at(ms));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places.at(-1)).toBeCloseTo(400);
  });

  it('has a place for a moment alone', () => {
    expect(timelineAxis([interval(5, 5)], 100).at(5)).toBe(0);
  });
});

describe('durationText', () => {
  it.each([
    [0, '0.00 s'],
    [0.42, '0.42 s'],
    [59.94, '59.9 s'],
    [59.96, '1 min'],
    [252, '4 min 12 s'],
    [3599.7, '1 h'],
    [7500, '2 h 5 min'],
    [86_399, '1 d'],
    [273_600, '3 d 4 h'],
  ])('says %d seconds as %s', (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });
});
