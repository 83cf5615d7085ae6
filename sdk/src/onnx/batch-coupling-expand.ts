import { broadcast } from './batch-coupling-broadcast.js';
import { type Extent, isCount, product, someExtent } from './batch-coupling-extent.js';
import { elementsOf, MIXED, ofShape, shapeOfRank, shared } from './batch-coupling-layout.js';
import { LATE_SHAPE } from './batch-coupling-reasons.js';
import { constantOf, couples, keeps, type OperatorRule } from './batch-coupling-step.js';

/** Repeats a tensor to a shape by broadcasting; a constant that is repeated for each item is fine. */
export const EXPAND: OperatorRule = {
  follow({ inputs: [x = MIXED, target] }) {
    const elements = elementsOf(target);
    if (elements !== undefined) return broadcast([x, ofShape(elements)]);
    return x.kind === 'items' ? couples(LATE_SHAPE) : keeps(shared());
  },
  sizes: [1],
};

export const TILE: OperatorRule = {
  follow({ inputs: [x = MIXED, repeats] }) {
    const times = elementsOf(repeats);
    if (times === undefined) return x.kind === 'items' ? couples(LATE_SHAPE) : keeps(shared());
    if (x.kind === 'items' && times[x.axis] !== 1) return couples('repeats the whole batch');
    const shape = shapeOfRank(x, times.length);
    const result = times.map((time, axis): Extent => {
      const extent = shape[axis] ?? someExtent();
      if (time === 1) return extent;
      if (extent === 1) return time;
      return isCount(time) ? 'varying' : product([extent, time]);
    });
    return keeps(ofShape(result));
  },
  sizes: [1],
};

/** The same constant everywhere, so that each item has the same slice. */
export const CONSTANT_OF_SHAPE: OperatorRule = {
  follow({ inputs: [shape] }) {
    const extents = elementsOf(shape);
    if (extents !== undefined) return keeps(ofShape(extents));
    return shape?.kind === 'shared' ? keeps(shared()) : couples(LATE_SHAPE);
  },
  sizes: [0],
};

/** One number after the other; shared because numbers that depend on the batch never come here. */
export const RANGE: OperatorRule = {
  follow(step) {
    const [start, limit, delta] = [constantOf(step, 0)?.[0], constantOf(step, 1)?.[0], constantOf(step, 2)?.[0]];
    if (start === undefined || limit === undefined || delta === undefined) return keeps(shared([someExtent()]));
    const count = Math.ceil((limit - start) / delta);
    return keeps(shared([Number.isFinite(count) ? Math.max(0, count) : someExtent()]));
  },
};
