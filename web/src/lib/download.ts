/** Gives a text to the browser as a file. */
export const download = (name: string, type: string, text: string): void =>
  downloadFile(name, new Blob([text], { type }));

export function downloadFile(name: string, file: Blob): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Some browsers read it only after the click has been handled.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
