import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';

import { replyFor } from './error-reply.ts';
import { allocationRoutes } from './routes/allocations.ts';
import { batchRoutes } from './routes/batches.ts';
import { healthRoutes } from './routes/health.ts';
import { historyRoutes } from './routes/history.ts';
import { waitingRoutes } from './routes/waiting.ts';
import type { Warehouse } from './warehouse.ts';

/** Every body is a few short fields. */
const BODY_LIMIT_BYTES = 16 * 1024;
/** A client that sends its request so slowly does not mean it. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than any id, also percent-encoded: longer ones are refused by their schema. */
const MAX_PARAM_LENGTH = 2000;

/** Where the API is described, for people; `/json` under it is OpenAPI. */
export const DOCS = '/docs';

/** Makes the HTTP API of a warehouse; it does not listen yet. */
export async function createServer(
  warehouse: Warehouse,
  logger: FastifyBaseLogger,
): Promise<FastifyInstance> {
  const http = emptyServer(logger);
  await http.register(swagger, {
    openapi: {
      info: {
        title: 'Warehouse allocation',
        description: 'Allocates order lines to batches of stock.',
        version: '1.0.0',
      },
    },
    transform: jsonSchemaTransform,
  });
  await http.register(swaggerUi, { routePrefix: DOCS });
  await http.register(batchRoutes(warehouse.app.bus));
  await http.register(allocationRoutes(warehouse));
  await http.register(historyRoutes(warehouse));
  await http.register(waitingRoutes(warehouse));
  await http.register(healthRoutes(warehouse));
  return http;
}

/** Makes what a process without the API serves: whether it lives and can work. It does not listen yet. */
export async function createHealthServer(
  warehouse: Warehouse,
  logger: FastifyBaseLogger,
): Promise<FastifyInstance> {
  const http = emptyServer(logger);
  await http.register(healthRoutes(warehouse));
  return http;
}

function emptyServer(logger: FastifyBaseLogger): FastifyInstance {
  const http = Fastify({
    loggerInstance: logger.child({ part: 'http' }, { level: quieter(logger.level) }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
  });
  // A body of any other type is refused instead of being taken for a string.
  http.removeContentTypeParser('text/plain');
  http.setValidatorCompiler(validatorCompiler);
  http.setSerializerCompiler(serializerCompiler);
  http.setErrorHandler((error, request, reply) => {
    const { status, body } = replyFor(error);
    if (status >= 500) request.log.error({ error }, 'a request failed');
    return reply.code(status).send(body);
  });
  http.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ message: `There is no ${request.method} ${request.url.split('?')[0]}` }),
  );
  return http;
}

/** Fastify tells of every request at `info`: that is for whoever asked for `debug`. */
function quieter(level: string): string {
  return level === 'info' ? 'warn' : level;
}
