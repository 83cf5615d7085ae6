import { integerOption } from './number-option.js';

const port = integerOption(0, 65535);

/** Parser of a commander option that is a port, 0 for a free one, or "off". */
export function portOrOffOption(text: string): number | 'off' {
  return text === 'off' ? 'off' : port(text);
}
