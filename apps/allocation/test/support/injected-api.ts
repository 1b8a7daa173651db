import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';

import { createServer } from '../../src/http/create-server.ts';
import type { Warehouse } from '../../src/http/warehouse.ts';
import type { ApiAnswer } from './api.ts';
import { inMemoryWarehouse, type InMemoryWarehouse } from './in-memory-warehouse.ts';

/** The HTTP API of a warehouse, without a socket. */
export class InjectedApi<On extends Warehouse = InMemoryWarehouse> implements AsyncDisposable {
  readonly warehouse: On;
  readonly http: FastifyInstance;

  private constructor(warehouse: On, http: FastifyInstance) {
    this.warehouse = warehouse;
    this.http = http;
  }

  /** On a warehouse in memory. */
  static async open(): Promise<InjectedApi> {
    return InjectedApi.on(await inMemoryWarehouse());
  }

  static async on<On extends Warehouse>(warehouse: On): Promise<InjectedApi<On>> {
    return new InjectedApi(warehouse, await createServer(warehouse, pino({ level: 'silent' })));
  }

  async get(url: string): Promise<ApiAnswer> {
    const response = await this.http.inject({ method: 'GET', url });
    return { status: response.statusCode, body: response.json() };
  }

  async post(
    url: string,
    payload: object,
    headers: Record<string, string> = {},
  ): Promise<ApiAnswer> {
    const response = await this.http.inject({ method: 'POST', url, payload, headers });
    return { status: response.statusCode, body: response.json() };
  }

  async postRaw(url: string, contentType: string, payload: string): Promise<ApiAnswer> {
    const headers = { 'content-type': contentType };
    const response = await this.http.inject({ method: 'POST', url, headers, payload });
    return { status: response.statusCode, body: response.json() };
  }

  addBatch(ref: string, sku: string, qty: number, eta: string | null = null): Promise<ApiAnswer> {
    return this.post('/add_batch', { ref, sku, qty, eta });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.http.close();
    await this.warehouse.app.stop();
  }
}
