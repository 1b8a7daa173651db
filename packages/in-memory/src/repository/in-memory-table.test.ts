import { describe, expect, test } from 'vitest';

import { InMemoryPersistence } from '../in-memory-persistence.ts';
import { InMemoryStore } from '../store/in-memory-store.ts';
import { InMemoryTable } from './in-memory-table.ts';

interface View {
  id: string;
  tags: string[];
}

describe('InMemoryTable', () => {
  test('others see what a unit wrote when it commits, and never when it rolls back', async () => {
    const store = new InMemoryStore();
    const persistence = new InMemoryPersistence(store);
    const [unit, other] = [await persistence.begin(), await persistence.begin()];
    const views = new InMemoryTable<View>(unit, 'views');
    await views.put('a', { id: 'a', tags: [] });
    await views.put('b', { id: 'b', tags: [] });
    await views.delete('b');
    expect(await views.all()).toEqual([{ id: 'a', tags: [] }]);
    expect(await new InMemoryTable<View>(other, 'views').all()).toEqual([]);
    await unit.commit({ messages: [] });
    expect(await new InMemoryTable<View>(other, 'views').get('a')).toEqual({ id: 'a', tags: [] });
    await new InMemoryTable<View>(other, 'views').delete('a');
    await other.rollback();
    expect(store.rowsOf<View>('views')).toEqual([{ id: 'a', tags: [] }]);
    expect(store.rowsOf('others')).toEqual([]);
  });

  test('rows are copied in and out', async () => {
    const unit = await new InMemoryPersistence(new InMemoryStore()).begin();
    const views = new InMemoryTable<View>(unit, 'views');
    const row = { id: 'a', tags: ['x'] };
    await views.put('a', row);
    row.tags.push('after');
    (await views.get('a'))?.tags.push('read');
    (await views.all())[0]?.tags.push('read');
    expect(await views.get('a')).toEqual({ id: 'a', tags: ['x'] });
  });

  test('what a failed savepoint wrote is undone, and after the end nothing can be used', async () => {
    const store = new InMemoryStore();
    const unit = await new InMemoryPersistence(store).begin();
    const views = new InMemoryTable<View>(unit, 'views');
    await views.put('a', { id: 'a', tags: [] });
    const failing = unit.savepoint(async () => {
      await views.put('a', { id: 'changed', tags: [] });
      await views.put('b', { id: 'b', tags: [] });
      throw new TypeError('it failed');
    });
    await expect(failing).rejects.toThrow(TypeError);
    await unit.commit({ messages: [] });
    expect(store.rowsOf<View>('views')).toEqual([{ id: 'a', tags: [] }]);
    await expect(views.all()).rejects.toMatchObject({ code: 'TIDINGS_UNIT_OF_WORK_ENDED' });
    await expect(views.put('a', { id: 'a', tags: [] })).rejects.toMatchObject({
      code: 'TIDINGS_UNIT_OF_WORK_ENDED',
    });
  });
});
