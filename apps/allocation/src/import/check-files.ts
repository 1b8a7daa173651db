import { StartError } from '../start-error.ts';
import { csvRows } from './csv-rows.ts';
import type { ImportFiles } from './import-identity.ts';
import { batchLines, orderLines } from './line-commands.ts';

/**
 * Makes sure that the files can be read and are of their kinds, before anything is done.
 *
 * @throws StartError with what is wrong
 */
export async function checkFiles(files: ImportFiles): Promise<void> {
  for (const kind of [batchLines, orderLines]) {
    const path = files[kind.name];
    if (path === undefined) continue;
    const rows = csvRows(path, kind.columns);
    try {
      await rows.next();
    } catch (error) {
      if (error instanceof StartError) throw error;
      const { code, message } = error as NodeJS.ErrnoException;
      throw new StartError(`${path} cannot be read: ${code ?? message}.`, { cause: error });
    }
    await rows.return();
  }
}
