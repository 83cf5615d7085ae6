/** What freed slots are filled with, so that whoever still reads one is found out; undefined for nothing. */
export const POISON = process.env.DEEPHEALTH_POISON_SLOTS === '1' ? 0xdb : undefined;
