import { token, type Token } from '../handlers/token.ts';

/** Makes ids that are unique across processes. The default makes UUIDs of version 7, which sort by time. */
export interface IdGenerator {
  next(): string;
}

/** The application's IdGenerator, for whoever depends on it. */
export const IdGenerator: Token<IdGenerator> = token<IdGenerator>('IdGenerator');
