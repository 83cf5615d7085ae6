import { SharedMemoryRegions } from './shared-memory-regions.js';

export interface TenantRegionsOptions {
  /**
   * True on a server that knows its callers. Objects of the machine's shared memory have one name space, in which
   * whoever knows a name may open it: there a tenant's keys must begin with its name and a tilde, "ward-a~scan"
   * ("~scan" without a tenant), so that none can register what another one's client has written.
   */
  readonly areTenantsKeptApart: boolean;
  /** Folder of the objects; default that of Linux. */
  readonly folder?: string;
}

/** Shared-memory regions by tenant: those of another tenant are not there, whatever their names. */
export class TenantRegions {
  readonly #options: TenantRegionsOptions;
  readonly #tenants = new Map<string, SharedMemoryRegions>();

  constructor(options: TenantRegionsOptions) {
    this.#options = options;
  }

  of(tenant: string): SharedMemoryRegions {
    const known = this.#tenants.get(tenant);
    if (known !== undefined) return known;
    const { areTenantsKeptApart, folder } = this.#options;
    const regions = new SharedMemoryRegions({
      ...(folder !== undefined && { folder }),
      ...(areTenantsKeptApart && { keyPrefix: `${tenant}~` }),
    });
    this.#tenants.set(tenant, regions);
    return regions;
  }

  /** To be called when the server stops. */
  unregisterAll(): void {
    for (const regions of this.#tenants.values()) regions.unregisterAll();
  }
}
