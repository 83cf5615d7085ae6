/** For an axis counted from the end of a tensor whose rank is not known. */
export const UNKNOWN_AXIS = 'works along an axis that cannot be told, because the rank of its input is not known';

/** For a shape or a list of axes that is computed from data. */
export const LATE_SHAPE = 'takes a shape that is only known when it runs';

/** For what reads along the axis of the items. */
export const PICKS = 'picks out of the items by their place in the batch';
