import { type App, defineApp, runCli, type Surroundings } from '@net/cli';
import { daemonCommand } from './command/daemon-command.js';
import { explainCommand, planCommand, runCommand } from './command/watch-command.js';
import { VERSION } from './version.js';

/** The application as data. */
export const app: App = defineApp({
  name: 'aws-route-mon',
  summary: 'Heals black-hole routes in VPC route tables by pointing them at this instance',
  version: VERSION,
  envPrefix: 'AWS_ROUTE_MON',
  defaultCommand: 'run',
  commands: [runCommand, daemonCommand, planCommand, explainCommand],
  environment: {
    AWS_REGION: 'and everything else that the AWS SDK reads: AWS_PROFILE, AWS_ACCESS_KEY_ID, ...',
    AWS_ENDPOINT_URL: 'endpoint of the AWS services, for tests',
    AWS_EC2_METADATA_SERVICE_ENDPOINT: 'where the instance metadata is',
  },
  exitCodes: {
    0: 'done, or nothing to do',
    1: 'unexpected failure',
    2: 'wrong usage or setting; nothing was called',
    3: 'not ready to forward, or a permission or prerequisite is missing; it is named',
    110: 'no connection to the API, or no credentials',
    111: 'the API answered with an error',
    112: 'route table not found',
    113: 'route not found (with --no-create)',
    114: 'a route could not be replaced',
    115: 'a route could not be created',
  },
});

/** Runs the application and gives its exit code. */
export async function runApp(surroundings: Surroundings = {}): Promise<number> {
  const argv = surroundings.argv ?? process.argv.slice(2);
  return await runCli(app, { ...surroundings, argv: argv.flatMap(normalized) });
}

// An option of two kinds, as the API's own name for it asks for: a flag, and the same with a word.
function normalized(argument: string): string[] {
  if (argument === '--dry-run=api') return ['--dry-run-api'];
  if (argument === '--dry-run=plan') return ['--dry-run'];
  return argument === '--daemon' ? ['daemon'] : [argument];
}
