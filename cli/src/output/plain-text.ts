const MOST = 200;

/** Text that is not trusted, for a terminal: no control characters, and not long. */
export function plainText(text: string): string {
  const plain = wholePlainText(text);
  return plain.length > MOST ? `${plain.slice(0, MOST)}...` : plain;
}

/** The same where all of it matters. */
export function wholePlainText(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}
