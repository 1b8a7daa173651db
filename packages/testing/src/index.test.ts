import { expect, test } from 'vitest';

import * as conformance from './conformance/index.ts';
import * as faults from './faults/index.ts';
import * as main from './index.ts';
import * as servers from './servers/index.ts';

test('the package exports these names', () => {
  expect(Object.keys(main).toSorted()).toEqual([
    'CollectingLogger',
    'PlayedProcess',
    'ProcessScenario',
    'Scenario',
    'ScenarioOutcome',
    'SequentialIds',
    'VirtualClock',
    'eventually',
    'gate',
    'neverWithin',
    'processScenario',
    'scenario',
  ]);
  expect(Object.keys(conformance).toSorted()).toEqual([
    'Entered',
    'Ledger',
    'TallyModel',
    'checkpointConformance',
    'deadLetterConformance',
    'heldDeliveriesConformance',
    'inboxConformance',
    'leaseConformance',
    'ledgerMapping',
    'messageLogConformance',
    'migrationConformance',
    'persistenceConformance',
    'processConformance',
    'projectionConformance',
    'projectionRuntimeConformance',
    'repositoryConformance',
    'runtimeConformance',
    'scheduleConformance',
    'scheduledMessageConformance',
    'transportConformance',
    'unitOfWorkConformance',
  ]);
  expect(Object.keys(faults)).toEqual(['FaultProxy']);
  expect(Object.keys(servers).toSorted()).toEqual([
    'ConnectionsLeftError',
    'ServerOperationError',
    'ServerUnavailableError',
    'describeSchema',
    'startPostgres',
    'startRabbitmq',
  ]);
});
