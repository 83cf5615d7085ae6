/** Meanings of exact reasons (PS3.18, 10.5.3, and PS3.7, C). */
const MEANINGS: Readonly<Record<number, string>> = {
  272: 'The server failed while it processed the instance.',
  273: 'The server has an instance of this UID already.',
  290: 'The server does not take this SOP class.',
  292: 'The server does not let this user store it.',
  413: 'The instance is larger than the server takes.',
  415: 'The server does not take DICOM files in this form.',
  49442: 'The server does not take this transfer syntax, and cannot convert it.',
  45056: 'The server changed some of its attributes.',
  45062: 'Some of its attributes do not fit the SOP class, and were left out.',
  45063: 'The data set does not fit its SOP class.',
};

/** For people; reasons come in ranges of which few have a meaning of their own. */
export function failureMeaning(reason: number): string {
  const known = MEANINGS[reason];
  if (known !== undefined) return known;
  const group = reason >> 8;
  if (group === 0xa7) return 'The server is out of resources, such as space.';
  if (group === 0xa9) return 'The data set does not fit its SOP class.';
  if (group >> 4 === 0xc) return 'The server cannot understand the instance.';
  return `The server gave the reason ${reason}.`;
}
