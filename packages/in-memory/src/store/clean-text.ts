const MAX_LENGTH = 10_000;
// oxlint-disable-next-line no-control-regex -- these are what is taken out
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;

/** Text fit to be shown: without control characters and halves of surrogate pairs, and of bounded length. */
export function cleanText(text: string): string {
  return text.slice(0, MAX_LENGTH).toWellFormed().replaceAll(CONTROL, '\uFFFD');
}
