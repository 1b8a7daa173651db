export type { CutOptions, Direction, InjectedFaults, ProxyBehaviour } from './behaviour.ts';
export { FaultProxy } from './fault-proxy.ts';
