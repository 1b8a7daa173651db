import type { StandardSchemaV1 } from '@tidings/domain';
import { z } from 'zod';

import type { Line } from './settings.ts';

/** Looks once and lets everything pass: what validation costs at least. */
export const trivialSchema: StandardSchemaV1<Line, Line> = {
  '~standard': {
    version: 1,
    vendor: 'benchmark',
    validate: (value) => ({ value: value as Line }),
  },
};

export const zodSchema: z.ZodType<Line, Line> = z.object({
  orderId: z.string().min(1),
  sku: z.string().min(1),
  qty: z.int().positive(),
});
