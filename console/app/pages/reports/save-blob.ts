/** Keeps bytes as a file, as the browser keeps what it downloads. */
export function saveBlob(data: Blob, fileName: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(data);
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(link.href);
}
