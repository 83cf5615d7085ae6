/** As the adapter names itself. */
export const NAME = '__name__';

export const VERSION = '0.1.0';
