import { type Extent, isCount, isSameExtent, someExtent } from './batch-coupling-extent.js';
import { elementsOf, MIXED, rowsOf, shapeOf, shared, withSomeExtents } from './batch-coupling-layout.js';
import { UNKNOWN_AXIS } from './batch-coupling-reasons.js';
import { allFromFront, couples, keeps, type OperatorRule, settingOf } from './batch-coupling-step.js';

const CHANGES_COUNT = 'changes the extent that counts the items, or may do so';

/** Pad: amounts before and after each axis, or each of the stated axes. */
export const PAD: OperatorRule = {
  follow(step) {
    const [x = MIXED] = step.inputs;
    const pads = settingOf(step, 'pads', 1);
    const axes = settingOf(step, 'axes', 3);
    if (x.kind !== 'items') return keeps(shared(shapeOf(x)?.map(someExtent)));
    if (typeof pads === 'string' || axes === 'unknown') return couples(CHANGES_COUNT);
    const padded = allFromFront(
      axes === 'absent' ? pads.slice(pads.length / 2).map((_, axis) => axis) : axes,
      x.shape?.length,
    );
    if (padded === undefined) return couples(UNKNOWN_AXIS);
    const place = padded.indexOf(x.axis);
    if (place !== -1 && (pads[place] !== 0 || pads[place + padded.length] !== 0)) return couples(CHANGES_COUNT);
    const shape = x.shape?.map((extent, axis) => {
      const index = padded.indexOf(axis);
      if (index === -1 || axis === x.axis) return extent;
      const added = (pads[index] ?? 0) + (pads[index + padded.length] ?? 0);
      return typeof extent === 'number' ? extent + added : someExtent();
    });
    return keeps({ ...x, shape });
  },
};

/** Resize and Upsample: by a scale for each axis, or to an extent. */
export const RESIZE: OperatorRule = {
  follow(step) {
    const [x = MIXED] = step.inputs;
    if (x.kind !== 'items') return keeps(shared(shapeOf(x)?.map(someExtent)));
    if (step.node.strings.get('coordinate_transformation_mode') === 'tf_crop_and_resize') return couples(CHANGES_COUNT);
    const scalesInput = step.node.opType === 'Resize' && step.opset >= 11 ? 2 : 1;
    const scales = elementsOf(step.inputs[scalesInput]) ?? step.node.floats.get('scales');
    const extents = elementsOf(step.inputs[3]);
    const axes = allFromFront(
      step.node.integers.get('axes') ?? (scales ?? extents ?? []).map((_, axis) => axis),
      x.shape?.length,
    );
    if (axes === undefined) return couples(UNKNOWN_AXIS);
    const place = axes.indexOf(x.axis);
    const others = extents?.filter((_, index) => index !== place) ?? [];
    if (others.some(isCount)) return couples('resizes to the number of items');
    const isKept = hasElements(scales) ? scales[place] === 1 : isSameExtent(extents?.[place], rowsOf(x));
    const isOther = place === -1 && axes.length > 0;
    return isKept || isOther ? keeps(withSomeExtents(x, axes)) : couples(CHANGES_COUNT);
  },
  sizes: [3],
};

/** Older exporters give an empty list of scales when they give extents. */
function hasElements(list: readonly Extent[] | undefined): list is readonly Extent[] {
  return list !== undefined && list.length > 0;
}
