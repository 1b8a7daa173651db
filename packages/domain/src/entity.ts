/**
 * Something with an identity that lasts while its attributes change, inside an aggregate. Two
 * entities of one class are equal when their ids are.
 */
export abstract class Entity<Id extends string | number = string> {
  readonly id: Id;

  constructor(id: Id) {
    this.id = id;
  }

  equals(other: unknown): boolean {
    return (
      other instanceof Entity && other.constructor === this.constructor && other.id === this.id
    );
  }
}
