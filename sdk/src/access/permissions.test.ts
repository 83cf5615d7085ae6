import { describe, expect, it } from 'vitest';
import { ANONYMOUS, type Caller, ROLES } from './caller.js';
import { assertPermitted, maySeeModel, PERMISSION_NAMES, rolesWith } from './permissions.js';

const caller = (fields: Partial<Caller> = {}): Caller => ({
  ...{ subject: 's', roles: ['clinician'], tenant: '', authentication: 'key' as const, ...fields },
});
const refused = expect.objectContaining({ code: 'DH_PERMISSION_DENIED' });

describe('what a caller may do', () => {
  it('is what one of its roles has, for every permission and role', () => {
    for (const permission of PERMISSION_NAMES) {
      for (const role of ROLES) {
        const ask = () => assertPermitted(caller({ roles: [role] }), permission);
        if (rolesWith(permission).includes(role)) expect(ask).not.toThrow();
        else expect(ask).toThrow(refused);
      }
      expect(() => assertPermitted(caller({ roles: [] }), permission)).toThrow(refused);
      expect(() => assertPermitted(caller({ roles: ['admin'] }), permission)).not.toThrow();
    }
  });

  it('is nothing where no permission is written down, not even for an admin', () => {
    expect(() => assertPermitted(ANONYMOUS, 'unlisted')).toThrow(refused);
  });

  it('ends at models outside of its rule, in words that say nothing of them', () => {
    const ask = (model: string) => () => assertPermitted(caller({ models: ['heart-*'] }), 'predict', model);
    expect(ask('heart-risk')).not.toThrow();
    expect(ask('kidney')).toThrow('The caller is not allowed to use this model.');
  });
});

describe('a rule of models', () => {
  it.each<[string[], string, boolean]>([
    [['a'], 'a', true],
    [['a'], 'ab', false],
    [['a*'], 'ab', true],
    [['*b'], 'ab', true],
    [['a*b'], 'a', false],
    [['a*a'], 'a', false],
    [['a*b*c'], 'a-b-b-c', true],
    [['a*b*c'], 'a-c-b', false],
    [['*'], '', true],
    [['x', 'a*'], 'abc', true],
    [['a.c'], 'abc', false],
    [[], 'a', false],
  ])('%j for %j: %s', (models, name, expected) => {
    expect(maySeeModel(caller({ models }), name)).toBe(expected);
  });

  it('is the narrower one of caller and tenant', () => {
    const both = caller({ models: ['heart-*'], tenantModels: ['*-risk'] });
    expect(['heart-risk', 'heart-age', 'kidney-risk'].filter((name) => maySeeModel(both, name))).toEqual([
      'heart-risk',
    ]);
  });
});
