import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { Warehouse } from '../warehouse.ts';

const Readiness = z.object({
  status: z.enum(['ready', 'unready']),
  checks: z.record(z.string(), z.string()),
});

/** Whether the process lives (no I/O), and whether it can do its work. */
export function healthRoutes({ app }: Warehouse): FastifyPluginCallbackZod {
  return (http, _options, done) => {
    http.get(
      '/livez',
      {
        schema: {
          summary: 'Whether the process lives',
          response: { 200: z.object({ status: z.literal('alive') }) },
        },
      },
      () => ({ status: 'alive' as const }),
    );
    http.get(
      '/readyz',
      {
        schema: {
          summary: 'Whether the service can do its work',
          response: { 200: Readiness, 503: Readiness },
        },
      },
      async (_request, reply) => {
        const { status, checks } = await app.health();
        return reply.code(status === 'ready' ? 200 : 503).send({ status, checks });
      },
    );
    done();
  };
}
