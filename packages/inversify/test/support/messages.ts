import { command, event } from '@tidings/domain';
import { z } from 'zod';

export const Ping = command('test.Ping', z.object({ n: z.int() }));
export const Ponged = event('test.Ponged', z.object({ n: z.int() }));
