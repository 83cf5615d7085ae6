/** Of the suite, not of the contract. */
export const SUITE_VERSION = '0.1.0';
