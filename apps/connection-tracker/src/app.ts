import { type App, defineApp, runCli, type Surroundings } from '@net/cli';
import {
  accountGraphCommand,
  listConnectionsCommand,
  reportSuspiciousCommand,
  scanEndpointsCommand,
} from './client/index.js';
import { replayCommand } from './command/replay-command.js';
import { serveCommand } from './command/serve-command.js';
import { VERSION } from './version.js';

/** The application as data. */
export const app: App = defineApp({
  name: 'connection-tracker',
  summary:
    'Shows who connects from outside to which public endpoint, from the VPC Flow Logs of many accounts',
  version: VERSION,
  envPrefix: 'CONNECTION_TRACKER',
  defaultCommand: 'serve',
  commands: [
    serveCommand,
    replayCommand,
    listConnectionsCommand,
    reportSuspiciousCommand,
    scanEndpointsCommand,
    accountGraphCommand,
  ],
  environment: {
    AWS_REGION: 'and everything else that the AWS SDK reads: AWS_PROFILE, AWS_ACCESS_KEY_ID, ...',
    AWS_ENDPOINT_URL: 'endpoint of the AWS services, for tests',
  },
  exitCodes: {
    0: 'done, or stopped',
    1: 'unexpected failure; the store or the tracker does not answer',
    2: 'wrong usage or setting; nothing was read',
    3: 'a permission or a prerequisite is missing; it is named',
  },
});

/** Runs the application and gives its exit code. */
export async function runApp(surroundings: Surroundings = {}): Promise<number> {
  return await runCli(app, surroundings);
}
