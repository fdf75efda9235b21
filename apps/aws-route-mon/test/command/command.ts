import { runProcess, type RunResult, startProcess, type StartedProcess } from '@net/testing';
import { fileURLToPath } from 'node:url';
import { REGION, type SandboxVpc } from '../monitor/sandbox-vpc.js';

const program = fileURLToPath(new URL('../../bin/aws-route-mon.js', import.meta.url));

/** An environment in which only the sandbox is there. */
export function environment(vpc: SandboxVpc, more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { accessKeyId, secretAccessKey } = vpc.sandbox.credentials();
  return {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    AWS_ENDPOINT_URL: vpc.sandbox.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: 'true',
    ...more,
  };
}

/** Runs the tool to its end. */
export function run(env: NodeJS.ProcessEnv, ...args: string[]): Promise<RunResult> {
  return runProcess(process.execPath, [program, ...args], { env });
}

/** Starts it. */
export function start(env: NodeJS.ProcessEnv, ...args: string[]): StartedProcess {
  return startProcess(process.execPath, [program, ...args], { env });
}

/** The words of a claimant that neither waits nor asks the kernel of the machine that tests run on. */
export function claimant(vpc: SandboxVpc, name = 'nat-1'): string[] {
  return [
    '-i',
    vpc.id(`${name}/eni`),
    '--jitter',
    '0s',
    '--no-require-forwarding',
    '--allow-remote-interface',
  ];
}
