/** As the adapter names itself. */
export const NAME = 'deephealth-toolkit-adapter';
export const VERSION = '0.1.0';
