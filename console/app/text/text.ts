import { en } from './en.js';

/** Every word that the app says, in the reader's language. */
export const text = en;
