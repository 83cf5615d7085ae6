import type { inferenceV2 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import type { SharedMemoryRegion } from './shared-memory-region.js';
import type { SharedMemoryRegions } from './shared-memory-regions.js';
import type { TenantRegions } from './tenant-regions.js';

/** System shared memory, tenant by tenant. */
export class SystemSharedMemory {
  readonly #tenants: TenantRegions | undefined;

  constructor(tenants: TenantRegions | undefined) {
    this.#tenants = tenants;
  }

  of(tenant: string): TenantSharedMemory {
    return new TenantSharedMemory(this.#tenants?.of(tenant));
  }
}

/** The calls of one tenant. Each throws DH_SHARED_MEMORY_DISABLED where shared memory is off. */
class TenantSharedMemory {
  readonly #regions: SharedMemoryRegions | undefined;

  constructor(regions: SharedMemoryRegions | undefined) {
    this.#regions = regions;
  }

  /** One region, or all for an empty name. */
  status({ name }: inferenceV2.SystemSharedMemoryStatusRequest__Output): inferenceV2.SystemSharedMemoryStatusResponse {
    const regions = this.#enabled();
    const asked = name === '' ? regions.all : [regions.region(name)];
    return { regions: Object.fromEntries(asked.map((region) => [region.name, toStatus(region)])) };
  }

  async register({
    name,
    key,
    offset,
    byteSize,
  }: inferenceV2.SystemSharedMemoryRegisterRequest__Output): Promise<inferenceV2.SystemSharedMemoryRegisterResponse> {
    this.#enabled().register(name, key, { offset: BigInt(offset), byteSize: BigInt(byteSize) });
    return {};
  }

  /** One region, or all for an empty name. As with Triton, a region that is not there is no error. */
  async unregister({
    name,
  }: inferenceV2.SystemSharedMemoryUnregisterRequest__Output): Promise<inferenceV2.SystemSharedMemoryUnregisterResponse> {
    const regions = this.#enabled();
    if (name === '') regions.unregisterAll();
    else regions.unregister(name);
    return {};
  }

  #enabled(): SharedMemoryRegions {
    if (this.#regions !== undefined) return this.#regions;
    throw new DeepHealthError(
      'DH_SHARED_MEMORY_DISABLED',
      'Shared memory is off on this server. Send the tensors in the message.',
    );
  }
}

function toStatus({ name, key, bounds }: SharedMemoryRegion) {
  return { name, key, offset: String(bounds.offset), byteSize: String(bounds.byteSize) };
}
