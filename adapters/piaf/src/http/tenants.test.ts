import { describe, expect, it } from 'vitest';
import { LOCAL_TENANT, tenantOfCaller } from './tenants.js';

const caller = (tenant: string) => ({ subject: 's', roles: [], tenant, authentication: 'key' as const });

describe('the tenant of a caller that a gate has recognised', () => {
  it('is its own, and "local" for a caller of none', () => {
    expect([tenantOfCaller(caller('ward-a')), tenantOfCaller(caller(''))]).toEqual(['ward-a', LOCAL_TENANT]);
  });

  it.each(['local', 'Local', '..', '.hidden', '-x', '_x', '~contract-face'])('is refused as %j', (tenant) => {
    expect(() => tenantOfCaller(caller(tenant))).toThrow(expect.objectContaining({ code: 'DH_PERMISSION_DENIED' }));
  });
});
