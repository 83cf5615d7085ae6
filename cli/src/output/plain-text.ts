/** Text of a file that is not trusted, for a terminal: no control characters, and not longer than a line. */
export function plainText(text: string): string {
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
  return plain.length > 200 ? `${plain.slice(0, 200)}...` : plain;
}
