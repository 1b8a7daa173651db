import type { Generation, ProjectionFailure, ProjectionRecord } from '@tidings/core';

/** A generation as the store keeps it; moments are those of the monotonic clock. */
export interface GenerationEntry {
  readonly projection: string;
  readonly generation: number;
  readonly version: number;
  readonly mode: Generation['mode'];
  readonly startedAt: string;
  state: Generation['state'];
  position: number;
  events: number;
  workedMs: number;
  retiredAt: number | undefined;
  failure: { readonly facts: ProjectionFailure; readonly dueAt: number } | undefined;
  request: { readonly owner: string; readonly load: number; readonly at: number } | undefined;
  /** The lease under which somebody works on it. */
  takenUnder: string | undefined;
  readonly skipped: Set<string>;
}

export interface ProjectionEntry {
  readonly name: string;
  paused: boolean;
  lastGeneration: number;
  generations: GenerationEntry[];
}

export function recordOf(entry: ProjectionEntry, now: number): ProjectionRecord {
  const { name, paused, generations } = entry;
  return { name, paused, generations: generations.map((one) => generationOf(one, now)) };
}

export function generationOf(entry: GenerationEntry, now: number): Generation {
  const { retiredAt, failure, request, takenUnder: _, skipped: __, ...kept } = entry;
  return {
    ...kept,
    ...(retiredAt !== undefined && { retiredMs: now - retiredAt }),
    ...(failure !== undefined && { failure: { ...failure.facts, dueIn: failure.dueAt - now } }),
    ...(request !== undefined && {
      request: { owner: request.owner, load: request.load, ageMs: now - request.at },
    }),
  };
}
