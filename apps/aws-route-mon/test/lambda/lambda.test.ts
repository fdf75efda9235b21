import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createHandler, handler } from '../../src/lambda.js';
import { createSandboxVpc, REGION, type SandboxVpc } from '../monitor/sandbox-vpc.js';

let vpc: SandboxVpc;
const before = { ...process.env };
beforeEach(async () => {
  vpc = await createSandboxVpc();
  const { accessKeyId, secretAccessKey } = vpc.sandbox.credentials();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: vpc.sandbox.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: REGION,
  });
});
afterEach(async () => {
  for (const key of Object.keys(process.env)) if (!(key in before)) Reflect.deleteProperty(process.env, key);
  Object.assign(process.env, before);
  await vpc.close();
});

const settings = (): { interfaceId: string; routeTables: string[] } => ({
  interfaceId: vpc.id('nat-1/eni'),
  routeTables: [vpc.id('table-1')],
});

test('heals from outside, and says what it did', async () => {
  vpc.killOwner();
  process.env['AWS_ROUTE_MON_SETTINGS'] = JSON.stringify(settings());
  const answer = await handler({}, {});
  expect(answer.outcomes).toMatchObject([{ status: 'done' }]);
  expect(vpc.route()).toBe(`${vpc.id('nat-1/eni')} active`);
});

test('plans when asked to', async () => {
  vpc.killOwner();
  const answer = await createHandler(settings())({ dryRun: 'plan' });
  expect(answer.actions).toHaveLength(1);
  expect(vpc.route()).toMatch(/blackhole$/);
});

test('settings that are none are refused before anything is asked', async () => {
  vpc.sandbox.calls.clear();
  await expect(handler({})).rejects.toThrow('AWS_ROUTE_MON_SETTINGS is not set');
  process.env['AWS_ROUTE_MON_SETTINGS'] = 's3cret';
  await expect(handler({})).rejects.toThrow(/^AWS_ROUTE_MON_SETTINGS is not a JSON object$/);
  process.env['AWS_ROUTE_MON_SETTINGS'] = '{"interfaceId":"eth0"}';
  await expect(handler({})).rejects.toThrow('"eth0" is no interface id');
  expect(vpc.sandbox.calls.list()).toEqual([]);
});
