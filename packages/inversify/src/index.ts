export { adapterModule } from './adapter-module.ts';
export { bootstrap } from './bootstrap.ts';
export { App, identifier, MessageBus } from './identifiers.ts';
export { NoUnitOfWorkError } from './no-unit-of-work.ts';
export { tidings } from './tidings.ts';
export type { TidingsOptions } from './tidings.ts';
