/** As in package.json. */
export const ADAPTER_VERSION = '0.1.0';
