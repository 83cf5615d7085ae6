import { DeepHealthError } from '@deephealth/sdk';
import { shorten } from '../../admission/admit-request.js';
import { unsupported } from '../parameter-value.js';
import type { RegionPart } from '../tensor-parameters.js';
import { type RegionBounds, SharedMemoryRegion } from './shared-memory-region.js';

export interface SharedMemoryOptions {
  /** Folder of the objects; default that of Linux. */
  readonly folder?: string;
  /** Regions that may be registered at the same time; each holds a file open. Default 256. */
  readonly maxRegions?: number;
  /** With which keys must begin, behind the slash that they may have; default nothing. */
  readonly keyPrefix?: string;
}

const LINUX_FOLDER = '/dev/shm';
const DEFAULT_MAX_REGIONS = 256;
const MAX_NAME_LENGTH = 256;

/** The shared-memory regions that clients of this machine have registered, by name. */
export class SharedMemoryRegions {
  readonly #folder: string;
  readonly #maxRegions: number;
  readonly #keyPrefix: string;
  readonly #regions = new Map<string, SharedMemoryRegion>();

  constructor({ folder = LINUX_FOLDER, maxRegions = DEFAULT_MAX_REGIONS, keyPrefix = '' }: SharedMemoryOptions = {}) {
    this.#folder = folder;
    this.#maxRegions = maxRegions;
    this.#keyPrefix = keyPrefix;
  }

  /** Registered regions by name. */
  get all(): readonly SharedMemoryRegion[] {
    return [...this.#regions.values()];
  }

  /** Throws DH_SHARED_MEMORY_INVALID for a name that is taken, too many regions, or an unusable object. */
  register(name: string, key: string, bounds: RegionBounds): void {
    if (name === '' || name.length > MAX_NAME_LENGTH) {
      throw refused(name, 'failed to register', `The name must have 1 to ${MAX_NAME_LENGTH} characters.`);
    }
    if (this.#regions.has(name)) {
      throw new DeepHealthError(
        'DH_SHARED_MEMORY_INVALID',
        `shared memory region '${shorten(name)}' already in manager. Unregister it first.`,
        { details: { region: shorten(name) } },
      );
    }
    if (this.#regions.size >= this.#maxRegions) {
      throw refused(name, 'failed to register', `${this.#maxRegions} regions are registered. Unregister one first.`);
    }
    if (!key.replace(/^\//, '').startsWith(this.#keyPrefix)) {
      throw refused(name, 'failed to register', 'The key must begin with the name of your tenant and a tilde.');
    }
    this.#regions.set(name, SharedMemoryRegion.open(this.#folder, name, key, bounds));
  }

  /** Forgets a region; nothing happens if there is none of that name. */
  unregister(name: string): void {
    this.#regions.get(name)?.close();
    this.#regions.delete(name);
  }

  /** Forgets every region. To be called when the server stops, too. */
  unregisterAll(): void {
    for (const { name } of this.all) this.unregister(name);
  }

  /** Throws DH_SHARED_MEMORY_INVALID if no region of that name is registered. */
  region(name: string): SharedMemoryRegion {
    const region = this.#regions.get(name);
    if (region === undefined) throw refused(name, 'Unable to find', 'Register it first.');
    return region;
  }

  /**
   * A copy of a part of a region. Throws DH_SHARED_MEMORY_INVALID, or DH_TENSOR_SHAPE_OVERFLOW for a
   * part of more than `maxBytes`.
   */
  read(part: RegionPart, maxBytes: number): Buffer {
    const region = this.region(part.region);
    region.assertHolds(part);
    if (part.byteSize <= BigInt(maxBytes)) return region.read(part);
    throw new DeepHealthError(
      'DH_TENSOR_SHAPE_OVERFLOW',
      `shared memory region '${shorten(part.region)}': ${part.byteSize} bytes are more than the ${maxBytes} that this server reads for one tensor.`,
      { details: { region: shorten(part.region), expected: `at most ${maxBytes} bytes` } },
    );
  }
}

/** The regions, for a request that refers to one. Throws DH_PARAMETER_UNSUPPORTED where they are off. */
export function usableRegions(regions: SharedMemoryRegions | undefined): SharedMemoryRegions {
  if (regions !== undefined) return regions;
  throw unsupported('shared_memory_region', ': shared memory is off. Send the tensors in the message');
}

function refused(name: string, what: string, why: string): DeepHealthError {
  return new DeepHealthError('DH_SHARED_MEMORY_INVALID', `${what} shared memory region: '${shorten(name)}'. ${why}`, {
    details: { region: shorten(name) },
  });
}
