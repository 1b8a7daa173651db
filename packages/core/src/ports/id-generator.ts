/** Makes ids that are unique across processes. The default makes UUIDs of version 7, which sort by time. */
export interface IdGenerator {
  next(): string;
}
