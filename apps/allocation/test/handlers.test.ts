import { describe } from 'vitest';

import { inMemoryWarehouse } from './support/in-memory-warehouse.ts';
import { describeRestocking } from './support/restocking-scenarios.ts';
import { describeWarehouse } from './support/warehouse-scenarios.ts';

describe('the warehouse in memory', () => {
  describeWarehouse(() => inMemoryWarehouse());
  describeRestocking(() => inMemoryWarehouse());
});
