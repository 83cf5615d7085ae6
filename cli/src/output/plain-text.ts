/** Text that is not trusted, for a terminal: no control characters, and no longer than `most`. */
export function plainText(text: string, most = 200): string {
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
  return plain.length > most ? `${plain.slice(0, most)}...` : plain;
}
