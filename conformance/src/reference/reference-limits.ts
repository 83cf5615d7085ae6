/** Elements of the largest tensor that the reference takes. */
export const MAX_TENSOR_ELEMENTS = 2 ** 24;
export const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
/** Unanswered items of one stream. */
export const MAX_IN_FLIGHT = 8;
