import type { Composition } from '../app/compose.ts';
import type { DeliveryRecord } from '../consumer/outcome-recorder.ts';
import type { RunningCalls } from '../execution/running-calls.ts';
import { InlineProjections } from './inline-projections.ts';
import { ProjectionRuntime } from './projection-runtime.ts';

/** Everything about the projections of one application. */
export class AppProjections {
  readonly inline: InlineProjections;
  readonly runtime: ProjectionRuntime;

  constructor(
    parts: Composition,
    running: RunningCalls,
    onSettled: (record: DeliveryRecord) => void,
  ) {
    const { registry, persistence } = parts;
    const registered = [...registry.projections.values()];
    const common = { ...parts, running, definitions: registry.definitions, registered };
    this.inline = new InlineProjections(common);
    this.runtime = new ProjectionRuntime(
      {
        ...common,
        projections: persistence.projections,
        onApplied: (subscription, events) => {
          for (const { type, messageId } of events) {
            onSettled({ subscription, type, messageId, outcome: 'handled' });
          }
        },
        onFailed: (subscription, { envelope: { type, id: messageId } }, error) =>
          onSettled({ subscription, type, messageId, outcome: 'failed', error }),
      },
      parts.projections,
    );
  }
}
