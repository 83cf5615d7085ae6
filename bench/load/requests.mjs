import { seededInput } from '../models/seeded-input.mjs';
import { seedOf, WORKLOADS } from '../workloads/index.mjs';

const cache = new Map();

/**
 * Requests of a workload as bytes, by [lane][variant]. They are encoded once, so that the client
 * costs less than the server that it measures. Only streams have ids, and so lanes.
 */
export function encodedRequests(workload, lanes = 1) {
  const key = `${workload} ${lanes}`;
  if (!cache.has(key)) {
    const { shape, variants, method, request, values: inputOf = seededInput } = WORKLOADS[workload];
    const inputs = Array.from({ length: variants }, (_, variant) => inputOf(shape, seedOf(variant)));
    const encode = (lane) => inputs.map((values) => method.requestSerialize(request(values, itemId(lane))));
    cache.set(
      key,
      Array.from({ length: lanes }, (_, lane) => encode(lane)),
    );
  }
  return cache.get(key);
}

export const itemId = (lane) => `item-${lane}`;

/** Serialiser and deserialiser of a call whose messages are bytes already. */
export const asBytes = (bytes) => bytes;
