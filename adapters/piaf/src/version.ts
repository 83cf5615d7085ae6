/** Version of this package, as results state it. */
export const VERSION = '0.1.0';
