import { z } from 'zod';

/** Names end up in keys and on screens: no control characters, no half surrogate pairs. */
const PRINTABLE = /^[^\p{Cc}\p{Cs}]*$/u;
/** Quantities are kept as 4-byte integers. */
const MAX_QUANTITY = 1_000_000_000;

const name = z.string().min(1).max(100).regex(PRINTABLE, 'must not contain control characters');

export const OrderId = name;
export const Sku = name;
export const BatchReference = name;
export const Quantity = z.int().min(1).max(MAX_QUANTITY);
/** What is left of a batch may be nothing. */
export const RemainingQuantity = z.int().min(0).max(MAX_QUANTITY);
/** The day on which a batch is expected; `null` for one that is in the warehouse. */
export const Eta = z.iso.date('must be a day as 2030-01-31').nullable();
