import type { ProcessInstance } from '@tidings/core';

import { integer, text } from '../connection/columns.ts';
import type { Row } from '../connection/session.ts';

/** The instance of a row. */
export function instanceOf(row: Row): ProcessInstance {
  return {
    process: text(row['process']),
    key: text(row['key']),
    instanceId: text(row['instance_id']),
    version: integer(row['version']),
    state: text(row['state']),
    stateVersion: integer(row['state_version']),
    timeouts: JSON.parse(text(row['timeouts'])) as Record<string, string>,
  };
}
