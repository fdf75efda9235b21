import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createHandler, handler } from '../../src/lambda.js';
import { createAccount, REGION, type SandboxAccount } from '../sandbox-account.js';

let account: SandboxAccount;
const before = { ...process.env };
beforeEach(async () => {
  account = await createAccount();
  const { accessKeyId, secretAccessKey } = account.sandbox.credentials();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: account.sandbox.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: REGION,
  });
});
afterEach(async () => {
  for (const key of Object.keys(process.env)) if (!(key in before)) Reflect.deleteProperty(process.env, key);
  Object.assign(process.env, before);
  await account.close();
});

const running = (name: string, time = new Date(Date.now() + 60_000).toISOString()): object => ({
  'detail-type': 'EC2 Instance State-change Notification',
  time,
  detail: { state: 'running', 'instance-id': account.id(name) },
});

test('an event is why there is a pass; the pass makes everything right', async () => {
  account.enable('alpha');
  const answer = await handler(running('b1'));
  expect(answer.runs).toMatchObject([{ region: REGION, left: 0 }]);
  expect(account.mirrored()).toEqual(['a1', 'a2', 'a3']);
});

test('events that a pass has covered, and those of no interest, cost no call', async () => {
  const call = createHandler({});
  account.enable('alpha');
  await call({ 'detail-type': 'Scheduled Event' });
  account.sandbox.calls.clear();
  const old = await call(running('a1', new Date(Date.now() - 60_000).toISOString()));
  expect(old).toMatchObject({ isCovered: true, runs: [] });
  await call({ 'detail-type': 'AWS API Call via CloudTrail', detail: { eventName: 'DescribeVpcs' } });
  expect(account.sandbox.calls.list()).toEqual([]);
});

test('a finding mirrors its instance for a while, in a VPC that mirrors only the whitelisted', async () => {
  account.enable('beta', account.targetId, 'whitelist');
  const call = createHandler({ findingHours: 1 });
  const detail = {
    type: 'Backdoor:EC2/C&CActivity.B',
    resource: { instanceDetails: { instanceId: account.id('b1') } },
  };
  await call({ 'detail-type': 'GuardDuty Finding', detail });
  expect(account.mirrored()).toEqual(['b1']);
  const later = createHandler({}, {
    now: () => Date.now() + 7_200_000,
    sleep: () => Promise.resolve(),
  } as never);
  await later({ 'detail-type': 'Scheduled Event' });
  expect(account.mirrored()).toEqual([]);
});

test('a finding of an instance that is not here changes nothing', async () => {
  const detail = { resource: { instanceDetails: { instanceId: 'i-00000000000000000' } } };
  await createHandler({})({ 'detail-type': 'GuardDuty Finding', detail });
  expect(account.count('CreateTags')).toBe(0);
});

test('a dry run plans', async () => {
  account.enable('alpha');
  const { runs } = await createHandler({})({ dryRun: true });
  expect(runs[0]?.actions).toHaveLength(4);
  expect(account.sessions()).toEqual([]);
});

test('several regions, and settings as the filter of a file', async () => {
  account.enable('alpha');
  const filter = {
    name: 'dns',
    rules: [{ direction: 'egress', number: 1, action: 'accept', protocol: 'udp' }],
  };
  const { runs } = await createHandler({ regions: [REGION, 'eu-central-1'], filter, packetLength: 200 })({});
  expect(runs.map(({ region }) => region)).toEqual([REGION, 'eu-central-1']);
  const [session] = account.ec2.describeTrafficMirrorSessions({}).TrafficMirrorSessions ?? [];
  expect(session?.PacketLength).toBe(200);
});

test('a guard is a failure that says what to do', async () => {
  account.enable('alpha');
  await expect(createHandler({ maxMonthlyCost: 1 })({})).rejects.toMatchObject({
    code: 'NET_SESSION_MIRROR_GUARD',
    hint: expect.stringContaining('session-mirror plan'),
  });
  expect(account.sessions()).toEqual([]);
});
