import { Command, InvalidArgumentError, type CommandOptions } from 'commander';
import type { Logger } from 'pino';

import { allocationsView } from './allocation/allocations-view.ts';
import { demo } from './demo/demo.ts';
import { importCommand } from './import/import-command.ts';
import { createLogger } from './logger.ts';
import { rebuildCommand } from './rebuild/rebuild-command.ts';
import { serve } from './serve/serve.ts';
import { readSettings, type Role, type Settings } from './settings/settings.ts';
import { endSignal } from './signals.ts';
import { StartError } from './start-error.ts';

const EXIT_FAILED = 1;
/** What shells report for a program ended by Ctrl-C. */
const EXIT_INTERRUPTED = 130;

type Work = (settings: Settings, logger: Logger, signal: AbortSignal) => Promise<number>;

/** What the command line asks for. */
interface Chosen {
  readonly work: Work;
  readonly role?: Role;
  readonly relay?: boolean;
  readonly logLevel?: Settings['logLevel'];
}

/** Runs what the command line says, and resolves with the exit code. */
export async function run(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  let chosen: Chosen = { work: serveToTheEnd };
  commandLine((choice) => {
    chosen = choice;
  }).parse(argv);
  const { work, ...defaults } = chosen;
  try {
    const settings = readSettings(environment, defaults);
    return await work(settings, createLogger(settings.logLevel), endSignal());
  } catch (error) {
    process.stderr.write(`${error instanceof StartError ? error.message : describe(error)}\n`);
    return EXIT_FAILED;
  }
}

const serveToTheEnd: Work = async (...context) => {
  await serve(...context);
  return 0;
};

function commandLine(choose: (choice: Chosen) => void): Command {
  // What is done at a terminal has a result to show: the log tells only what is out of the ordinary.
  const chooseQuietly = (work: Work): void => choose({ work, logLevel: 'warn' });
  const program = new Command('allocation')
    .description('The warehouse allocation service')
    .showHelpAfterError();
  const chooseRole = (name: string, role: Role, options: CommandOptions = {}): Command =>
    program
      .command(name, options)
      .option(
        '--no-relay',
        'leave what is committed in the store, as before another transport is set',
      )
      .action(({ relay }: { relay: boolean }) => choose({ work: serveToTheEnd, role, relay }));
  chooseRole('serve', 'both', { isDefault: true }).description(
    'serve the HTTP API and handle deliveries (what happens without a command, too)',
  );
  chooseRole('api', 'api').description('serve the HTTP API only; workers handle the deliveries');
  chooseRole('worker', 'worker').description(
    'handle deliveries only; any number of workers share them',
  );
  program
    .command('import')
    .description('run files as commands; run again after an interruption, it does nothing twice')
    .option('--batches <file>', 'CSV with the columns ref,sku,qty,eta')
    .option('--orders <file>', 'CSV with the columns orderid,sku,qty')
    .option('--name <text>', 'the same files under another name are imported once more', asName, '')
    .option('--json', 'write the summary as JSON', false)
    .action(({ batches, orders, name, json }: ImportArguments, command: Command) => {
      if (batches === undefined && orders === undefined) {
        command.error('error: name a file with --batches, with --orders, or both');
      }
      chooseQuietly(async (...context) => {
        const files = { batches, orders };
        const summary = await importCommand({ files, name, json }, ...context);
        return summary.complete ? 0 : EXIT_INTERRUPTED;
      });
    });
  program
    .command('rebuild')
    .description('build a read model anew from the log, while the service goes on')
    .argument('[name]', 'the read model', allocationsView.projectionName)
    .action((name: string) =>
      chooseQuietly(async (...context) => {
        return (await rebuildCommand(name, ...context)) ? 0 : EXIT_INTERRUPTED;
      }),
    );
  program
    .command('demo')
    .description('import the sample that ships with the app, and show what came of it')
    .action(() =>
      chooseQuietly(async (settings, logger, signal) => {
        return (await demo(settings, logger, signal)) ? 0 : EXIT_INTERRUPTED;
      }),
    );
  return program;
}

interface ImportArguments {
  readonly batches?: string;
  readonly orders?: string;
  readonly name: string;
  readonly json: boolean;
}

function asName(value: string): string {
  if (value.trim() === '') throw new InvalidArgumentError('It must not be empty.');
  return value;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
