import { readFileSync } from 'node:fs';

import { type App, type Command, defineApp, runCli, type Surroundings, UsageError } from '@net/cli';
import { IprouteError } from '@net/iproute';

import {
  applyCommand,
  confirmCommand,
  flushCommand,
  planCommand,
  rollbackCommand,
} from './commands/apply.js';
import { doctorCommand, explainCommand, statusCommand } from './commands/look.js';
import {
  importCommand,
  installCommand,
  uninstallCommand,
  watchCommand,
  watchdogCommand,
} from './commands/service.js';
import { EniRoutingError } from './errors.js';

/** The application as data. */
export const app: App = defineApp({
  name: 'multi-eni-routing',
  summary: 'Every address of a Linux host with several ENIs answers on the ENI it was reached on',
  version: readVersion(),
  envPrefix: 'MULTI_ENI_ROUTING',
  defaultCommand: 'apply',
  commands: [
    applyCommand,
    planCommand,
    flushCommand,
    statusCommand,
    explainCommand,
    doctorCommand,
    watchCommand,
    confirmCommand,
    rollbackCommand,
    installCommand,
    uninstallCommand,
    importCommand,
    watchdogCommand,
  ].map((command) => withOriginalCodes(command)),
  exitCodes: {
    0: 'done, or everything is as wanted',
    1: 'failure, wrong usage, or a finding (status differs, explain is wrong, doctor has a problem)',
    2: 'fewer than two interfaces: no actions needed',
    3: 'a privilege or a program is missing; it is named',
  },
});

/**
 * Runs the application and gives its exit code. The original's codes are kept: wrong usage is 1, as 2 says that
 * there is only one interface.
 */
export async function runApp(surroundings: Surroundings = {}): Promise<number> {
  const before = outcome.handled;
  const code = await runCli(app, surroundings);
  return code === 2 && outcome.handled === before ? 1 : code;
}

const outcome = { handled: 0 };

function withOriginalCodes(command: Command): Command {
  return {
    ...command,
    handler: async (context) => {
      try {
        const code = await command.handler(context);
        outcome.handled += 1;
        return code;
      } catch (error) {
        throw withExitCode(error);
      }
    },
  };
}

function withExitCode(error: unknown): unknown {
  if (error instanceof UsageError) return error;
  const missing =
    error instanceof IprouteError &&
    (error.code === 'NET_IPROUTE_PERMISSION' || error.code === 'NET_IPROUTE_MISSING');
  if (!missing) return error;
  return new EniRoutingError('NET_ENI_ROUTING_PREREQUISITE', error.message, {
    cause: error,
    hint:
      error.code === 'NET_IPROUTE_PERMISSION'
        ? 'run as root'
        : 'install iproute2 (and nftables for --connmark)',
  });
}

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
