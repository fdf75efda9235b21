import { type App, defineApp, runCli, type Surroundings } from '@net/cli';
import { configVpcCommand } from './command/config-vpc-command.js';
import { blacklistCommand, whitelistCommand } from './command/enrol-command.js';
import { pruneCommand } from './command/prune-command.js';
import { statusCommand } from './command/status-command.js';
import { planCommand, tapCommand } from './command/tap-command.js';
import { VERSION } from './version.js';

/** The application as data. */
export const app: App = defineApp({
  name: 'session-mirror',
  summary: 'Creates, heals and removes VPC Traffic Mirroring sessions from tags',
  version: VERSION,
  envPrefix: 'SESSION_MIRROR',
  defaultCommand: 'tap',
  commands: [
    tapCommand,
    planCommand,
    statusCommand,
    configVpcCommand,
    blacklistCommand,
    whitelistCommand,
    pruneCommand,
  ],
  environment: {
    AWS_REGION: 'and everything else that the AWS SDK reads: AWS_PROFILE, AWS_ACCESS_KEY_ID, ...',
    AWS_ENDPOINT_URL: 'endpoint of the AWS services, for tests',
  },
  exitCodes: {
    0: 'done, or nothing to do; what EC2 refuses for its own limits is a warning',
    1: 'unexpected failure; the API could not be read',
    2: 'wrong usage or setting; nothing was changed',
    3: 'a permission or a prerequisite is missing; it is named',
    4: 'a guard stopped the plan: too many deletions, or too dear; nothing was changed',
    5: 'something could not be done; what was done is done',
    6: 'plan --exit-code: there is something to do',
  },
});

/** Runs the application and gives its exit code. */
export async function runApp(surroundings: Surroundings = {}): Promise<number> {
  return await runCli(app, surroundings);
}
