import { describe, expect, it } from 'vitest';
import type { ModelRow, ModelState } from '../../../src/api.js';
import { filterModels, orderModels } from './order-models.js';

const row = (name: string, state: ModelState, version = '1.0.0'): ModelRow => ({
  name,
  version,
  state,
  title: `Title of ${name}`,
  packageSha256: '',
  isDefault: true,
  hostRestarts: 0,
  stateChangedAt: '',
});

describe('the list of models', () => {
  it('begins with those that somebody has to look at', () => {
    const states: ModelState[] = ['UNLOADED', 'READY', 'VERIFYING', 'QUARANTINED', 'SUSPENDED'];
    expect(orderModels(states.map((state) => row('a', state))).map(({ state }) => state)).toEqual([
      'SUSPENDED',
      'QUARANTINED',
      'VERIFYING',
      'READY',
      'UNLOADED',
    ]);
  });

  it('has the newest version first, by number', () => {
    const versions = ['1.9.0', '1.10.0', '1.2.0'].map((version) => row('a', 'READY', version));
    expect(orderModels(versions).map(({ version }) => version)).toEqual(['1.10.0', '1.9.0', '1.2.0']);
  });

  it('is filtered by every word, in name, version or title, and by state', () => {
    const models = [row('heart-disease', 'READY'), row('heart-rate', 'SUSPENDED'), row('lung', 'READY')];
    const names = (words: string, state: ModelState | '' = '') =>
      filterModels(models, words, state).map(({ name }) => name);
    expect(names(' HEART ')).toEqual(['heart-disease', 'heart-rate']);
    expect(names('title disease')).toEqual(['heart-disease']);
    expect(names('heart', 'SUSPENDED')).toEqual(['heart-rate']);
    expect(names('')).toHaveLength(3);
  });
});
