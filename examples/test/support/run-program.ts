import { pathToFileURL } from 'node:url';

import { vi } from 'vitest';

/** Runs a module that is a program, and gives the lines that it writes to standard output. */
export async function outputOf(path: string): Promise<string> {
  let output = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    output += String(chunk);
    return true;
  });
  // The test runner has a console of its own, which does not write to standard output.
  const log = vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
    output += `${values.map(String).join(' ')}\n`;
  });
  try {
    await import(pathToFileURL(path).href);
  } finally {
    write.mockRestore();
    log.mockRestore();
  }
  return output.trimEnd();
}
