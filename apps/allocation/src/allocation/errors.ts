/** Refused for what the request says: repeating it cannot help. */
export abstract class RefusedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** No batch of this SKU was ever added. */
export class InvalidSkuError extends RefusedError {
  constructor(sku: string) {
    super(`Invalid sku ${sku}`);
  }
}

/** No batch has this reference. */
export class UnknownBatchError extends RefusedError {
  constructor(ref: string) {
    super(`Invalid batchref ${ref}`);
  }
}

/** The reference is taken by a batch with other data. */
export class BatchConflictError extends RefusedError {
  constructor(ref: string) {
    super(`Batch ${ref} exists already with other data`);
  }
}
