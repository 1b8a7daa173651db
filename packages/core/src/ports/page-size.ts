/** How many entries a page has: as many as asked for, at least 1 and at most `most`. */
export function pageSize(limit: number, most: number): number {
  return Math.max(1, Math.min(limit, most));
}
