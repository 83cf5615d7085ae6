/**
 * What bytes of requests and results are overwritten with as soon as nobody needs them: the next one in
 * their place may be another patient's, or another tenant's. Zeros, or garbage by which whoever still
 * reads them is found out.
 */
export const WIPED = process.env.DEEPHEALTH_POISON_SLOTS === '1' ? 0xdb : 0;
