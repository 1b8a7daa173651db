import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** The files of an import. */
export interface ImportFiles {
  readonly batches?: string | undefined;
  readonly orders?: string | undefined;
}

/**
 * What makes an import the same as an earlier one: what is in its files. The same files again are the
 * same import, wherever they lie, and continue it; other batches with the same orders are another one, so
 * that orders for which there was no stock are tried again.
 */
export async function importIdentity(files: ImportFiles, name: string): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(name));
  for (const role of ['batches', 'orders'] as const) {
    const path = files[role];
    hash.update(`\0${role}\0${path === undefined ? '' : await fileHash(path)}`);
  }
  return hash.digest('hex');
}

/** The intent of one line of an import. Lines that say the same mean the same. */
export function lineIntent(identity: string, role: string, content: string): string {
  return `import:${createHash('sha256').update(`${identity}\0${role}\0${content}`).digest('hex')}`;
}

async function fileHash(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
