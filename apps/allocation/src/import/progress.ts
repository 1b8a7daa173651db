import { basename } from 'node:path';

import { Presets, SingleBar } from 'cli-progress';

const EVERY_MS = 2000;

/** Shows how far an import has come. Ends with `stop`. */
export interface Progress {
  /** A file begins. */
  begin(path: string, bytes: number): void;
  advance(bytesRead: number, lines: number): void;
  /** All lines are done, what they caused is not. */
  delivering(): void;
  stop(): void;
}

/** A bar on a terminal, else a line now and then. Standard output is left to the summary. */
export function showProgress(stream: NodeJS.WriteStream): Progress {
  return stream.isTTY ? barOn(stream) : linesOn((line) => void stream.write(`${line}\n`));
}

function barOn(stream: NodeJS.WriteStream): Progress {
  const bar = new SingleBar(
    {
      stream,
      format: '{file} [{bar}] {percentage} %  {lines} lines',
      hideCursor: true,
      etaBuffer: 1000,
    },
    Presets.legacy,
  );
  const begin = (file: string, total: number, lines: number): void => {
    bar.stop();
    bar.start(total, 0, { file, lines });
  };
  return {
    begin: (path, bytes) => begin(basename(path), bytes, 0),
    advance: (bytesRead, lines) => bar.update(bytesRead, { lines }),
    delivering: () => bar.update({ file: 'delivering what was caused' }),
    stop: () => bar.stop(),
  };
}

/** Writes a line at most every two seconds. */
export function linesOn(write: (line: string) => void): Progress {
  let name = '';
  let total = 0;
  let last = performance.now();
  return {
    begin: (path, bytes) => {
      name = basename(path);
      total = bytes;
      write(`Reading ${name}`);
    },
    advance: (bytesRead, lines) => {
      if (performance.now() - last < EVERY_MS) return;
      last = performance.now();
      write(`${name}: ${Math.floor((100 * bytesRead) / Math.max(1, total))} %, ${lines} lines`);
    },
    delivering: () => write('All lines are done; delivering what they caused'),
    stop: () => {},
  };
}
