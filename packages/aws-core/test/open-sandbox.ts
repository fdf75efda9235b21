import { afterEach } from '@jest/globals';

import { type Sandbox, type SandboxOptions, createSandbox } from '@net/aws-sandbox';

import { type Session, type SessionOptions, openSession } from '../src/index.js';

const open: Sandbox[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((sandbox) => sandbox.close()));
});

/** A sandbox that is closed after the test. */
export async function openSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await createSandbox(options);
  open.push(sandbox);
  return sandbox;
}

/** A session at the sandbox. */
export async function sandboxSession(
  sandbox: Sandbox,
  options: Partial<SessionOptions> = {},
): Promise<Session> {
  return await openSession({
    app: { name: 'demo', version: '1.2.3' },
    region: 'eu-west-1',
    endpointUrl: sandbox.endpoint,
    ...sandbox.credentials(),
    ...options,
  });
}
