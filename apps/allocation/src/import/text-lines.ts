import { createReadStream } from 'node:fs';

/** No line of ours is nearly as long; a file that is no text must not fill the memory. */
const MAX_LINE_BYTES = 10_000;
const LINE_FEED = 0x0a;

/** One line of a text file. */
export interface TextLine {
  /** From 1. */
  readonly number: number;
  /** Without its end; absent when it cannot be read. */
  readonly text?: string;
  /** Why it cannot be read. */
  readonly fault?: string;
  /** How many bytes of the file it and those before it take up. */
  readonly bytesRead: number;
}

/** The lines of a UTF-8 file of any size, read as they are asked for. */
export async function* textLines(path: string): AsyncGenerator<TextLine, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let number = 0;
  let bytesRead = 0;
  let parts: Buffer[] = [];
  let length = 0;

  const take = (part: Buffer): void => {
    length += part.length;
    if (length <= MAX_LINE_BYTES) parts.push(part);
    else parts = [];
  };
  const end = (): TextLine => {
    number += 1;
    const line = { number, bytesRead, ...content(decoder, parts, length) };
    parts = [];
    length = 0;
    return line;
  };

  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let to = chunk.indexOf(LINE_FEED); to >= 0; to = chunk.indexOf(LINE_FEED, from)) {
      take(chunk.subarray(from, to));
      bytesRead += to + 1 - from;
      from = to + 1;
      yield end();
    }
    take(chunk.subarray(from));
    bytesRead += chunk.length - from;
  }
  if (length > 0) yield end();
}

function content(
  decoder: { decode(bytes: Uint8Array): string },
  parts: readonly Buffer[],
  length: number,
): Pick<TextLine, 'text' | 'fault'> {
  if (length > MAX_LINE_BYTES) {
    return { fault: `has ${length} bytes, at most ${MAX_LINE_BYTES} are allowed` };
  }
  try {
    return { text: decoder.decode(Buffer.concat(parts)).replace(/\r$/, '') };
  } catch {
    return { fault: 'is not UTF-8' };
  }
}
