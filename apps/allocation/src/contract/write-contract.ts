import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { compareContracts, describeChanges, formatContract } from '@tidings/core';
import type { Contract } from '@tidings/core';

import { appContract } from './app-contract.ts';

// Writes the contract of the app's messages anew. A change that breaks it is refused, unless it is said with
// --accept-breaking that it is meant.
const FILE = fileURLToPath(new URL('../../contract.json', import.meta.url));

const contract = appContract();
const before = existsSync(FILE)
  ? (JSON.parse(readFileSync(FILE, 'utf8')) as Contract)
  : { messages: {} };
const { breaking, compatible } = compareContracts(before, contract);

if (breaking.length > 0 && !process.argv.includes('--accept-breaking')) {
  console.error(
    `The contract is not written, for it would be broken:\n${describeChanges(breaking)}`,
  );
  console.error('Where that is meant, say so with --accept-breaking.');
  process.exitCode = 1;
} else {
  writeFileSync(FILE, formatContract(contract));
  const changes = breaking.length + compatible.length;
  console.log(`${FILE} has ${Object.keys(contract.messages).length} messages, ${changes} changed.`);
}
