import type { Summary } from '../harness/statistics.ts';

/** `0.54 ±18 %`: the median, and how far apart the rounds were. */
export function ratio({ median, spread }: Summary): string {
  return `${number(median)} ${range(spread)}`;
}

/** `317k ±9 %`. */
export function rate({ median, spread }: Summary): string {
  return `${compact(median)} ${range(spread)}`;
}

export function microseconds({ median }: Summary): string {
  return Number.isNaN(median) ? '–' : median.toFixed(median < 10 ? 2 : 0);
}

export function bytes({ median }: Summary): string {
  return Number.isNaN(median) ? '–' : median.toFixed(1);
}

/** Two decimals, or two digits where that is less than a tenth. */
export function number(value: number): string {
  return value < 0.1 ? value.toPrecision(2) : value.toFixed(2);
}

export function range(spread: number): string {
  return `±${Math.round((spread / 2) * 100)} %`.padStart(6);
}

function compact(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)}M`;
  return value >= 1e4 ? `${Math.round(value / 1000)}k` : String(Math.round(value));
}
