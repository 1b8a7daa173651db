const FIRST_FACTOR = 2_654_435_761;
const SECOND_FACTOR = 1_597_334_677;
/** Above every code unit, so that type and body cannot run into each other. */
const SEPARATOR = 0x1_00_00;

/**
 * Tells messages apart that have one id: a whole number of 53 bits. It is made for every delivery, so
 * it costs a fraction of a microsecond, a tenth of what parsing the body does; whoever wants to make two
 * bodies with one fingerprint can, and has one of them dropped.
 *
 * Two lanes of multiplication and exclusive or, mixed at the end as MurmurHash3 does.
 */
export function fingerprintOf({ type, body }: { type: string; body: string }): number {
  let first = 0xdeadbeef;
  let second = 0x41c6ce57;
  for (let index = 0; index < type.length; index += 1) {
    const unit = type.charCodeAt(index);
    first = Math.imul(first ^ unit, FIRST_FACTOR);
    second = Math.imul(second ^ unit, SECOND_FACTOR);
  }
  first = Math.imul(first ^ SEPARATOR, FIRST_FACTOR);
  second = Math.imul(second ^ SEPARATOR, SECOND_FACTOR);
  for (let index = 0; index < body.length; index += 1) {
    const unit = body.charCodeAt(index);
    first = Math.imul(first ^ unit, FIRST_FACTOR);
    second = Math.imul(second ^ unit, SECOND_FACTOR);
  }
  first = mix(first) ^ mixAgain(second);
  second = mix(second) ^ mixAgain(first);
  return 2 ** 32 * (second & 0x1f_ff_ff) + (first >>> 0);
}

function mix(lane: number): number {
  return Math.imul(lane ^ (lane >>> 16), 2_246_822_507);
}

function mixAgain(lane: number): number {
  return Math.imul(lane ^ (lane >>> 13), 3_266_489_909);
}
