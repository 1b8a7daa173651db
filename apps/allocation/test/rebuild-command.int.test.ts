import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { pino } from 'pino';
import { expect, test } from 'vitest';

import { openWarehouse } from '../src/bootstrap.ts';
import { Allocate, CreateBatch } from '../src/allocation/messages.ts';
import { readSettings } from '../src/settings/settings.ts';
import { prepareFolder } from './support/prepared-folder.ts';
import { Program } from './support/program.ts';

test('the read model is built anew by a command, which says when readers see it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidings-rebuild-'));
  try {
    await prepareFolder(folder);
    const environment = { TIDINGS_DATA_DIR: folder };
    const settings = readSettings(environment);
    const open = () => openWarehouse(settings, pino({ level: 'silent' }));
    {
      await using warehouse = await open();
      const { bus } = warehouse.app;
      await bus.execute(CreateBatch({ ref: 'b1', sku: 'SOFA', qty: 10, eta: null }));
      await bus.execute(Allocate({ orderid: 'o1', sku: 'SOFA', qty: 1 }));
      await warehouse.app.settled();
      // What was wrong in the read model is right in the log.
      await warehouse.db('allocations_view').update({ batchref: 'wrong' });
    }
    const unknown = await Program.run(['rebuild', 'nothing'], environment);
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      expect.stringContaining('There is no read model "nothing". There are: allocations-view.'),
    ]);
    const ended = await Program.run(['rebuild'], environment);
    expect([ended.code, ended.stdout]).toEqual([
      0,
      'Readers see the new build of allocations-view.\n',
    ]);
    await using warehouse = await open();
    expect(await warehouse.queries.ofOrder('o1')).toEqual([{ sku: 'SOFA', batchref: 'b1' }]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
