import { type App, defineApp, runCli, type Surroundings } from '@net/cli';
import {
  aggregateCommand,
  connectionsCommand,
  rejectsCommand,
  topCommand,
} from './command/aggregate-command.js';
import { convertCommand } from './command/convert-command.js';
import { doctorCommand } from './command/doctor-command.js';
import { explainCommand } from './command/explain-command.js';
import { generateCommand } from './command/generate-command.js';
import { findipCommand, ipsetCommand, printCommand } from './command/print-command.js';
import { tailCommand } from './command/tail-command.js';
import { VERSION } from './version.js';

/** The application as data. */
export const app: App = defineApp({
  name: 'flowlogs',
  summary:
    'Reads VPC Flow Logs from files, S3 and CloudWatch Logs: prints, searches, sums up, explains, converts',
  version: VERSION,
  envPrefix: 'FLOWLOGS',
  commands: [
    printCommand,
    ipsetCommand,
    findipCommand,
    aggregateCommand,
    topCommand,
    connectionsCommand,
    rejectsCommand,
    explainCommand,
    convertCommand,
    tailCommand,
    doctorCommand,
    generateCommand,
  ],
  defaultCommand: 'print',
  environment: {
    AWS_REGION: 'and everything else that the AWS SDK reads: AWS_PROFILE, AWS_ACCESS_KEY_ID, ...',
    AWS_ENDPOINT_URL: 'endpoint of the AWS services, for tests',
  },
  exitCodes: {
    0: 'done; lines that are no records were counted and skipped',
    1: 'unexpected failure',
    2: 'wrong usage: an option, a field, a format that is not known',
    3: 'a source that cannot be read, or a permission that is missing',
    5: 'data that is damaged, or more bad lines than --max-rejected',
    6: 'doctor: something is wrong with the log',
  },
});

/** Runs the application and gives its exit code. */
export async function runApp(surroundings: Surroundings = {}): Promise<number> {
  return await runCli(app, surroundings);
}
