import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { Organizations } from '@aws-sdk/client-organizations';
import { STS } from '@aws-sdk/client-sts';
import { expect, test } from '@jest/globals';

import { openSandbox } from '../open-sandbox.js';

const accounts = Array.from({ length: 45 }, (_, i) => ({
  id: String(111_111_111_111 + i),
  name: `team-${i}`,
}));

test('the management account lists its accounts in pages; others may not', async () => {
  const sandbox = await openSandbox();
  sandbox.createOrganization([{ id: sandbox.accountId, name: 'management' }, ...accounts]);
  const client = new Organizations({ ...sandbox.client('us-east-1'), maxAttempts: 1 });
  const names: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.listAccounts(NextToken ? { NextToken } : {});
    expect(page.Accounts?.length).toBeLessThanOrEqual(20);
    names.push(...(page.Accounts ?? []).map((account) => account.Name ?? ''));
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  expect(names).toEqual(['management', ...accounts.map((account) => account.name)]);
  expect((await client.describeOrganization({})).Organization).toMatchObject({
    MasterAccountId: sandbox.accountId,
  });
  const member = new Organizations({ ...sandbox.client('us-east-1', accounts[0]!.id), maxAttempts: 1 });
  await expect(member.listAccounts({})).rejects.toMatchObject({ name: 'AccessDeniedException' });
  const stranger = new Organizations({ ...sandbox.client('us-east-1', '999999999999'), maxAttempts: 1 });
  await expect(stranger.listAccounts({})).rejects.toMatchObject({
    name: 'AWSOrganizationsNotInUseException',
  });
});

test('a role in each account leads to that account’s log groups', async () => {
  const sandbox = await openSandbox();
  const sts = new STS(sandbox.client());
  for (const { id, name } of accounts.slice(0, 3)) {
    const owner = new CloudWatchLogs(sandbox.client('eu-west-1', id));
    await owner.createLogGroup({ logGroupName: `of-${name}` });
    const { Credentials: keys } = await sts.assumeRole({
      RoleArn: `arn:aws:iam::${id}:role/fullstop`,
      RoleSessionName: 'fullstop',
    });
    const assumed = new CloudWatchLogs({
      ...sandbox.client(),
      credentials: {
        accessKeyId: keys!.AccessKeyId!,
        secretAccessKey: keys!.SecretAccessKey!,
        sessionToken: keys!.SessionToken!,
      },
    });
    const { logGroups } = await assumed.describeLogGroups({});
    expect(logGroups?.map((group) => group.logGroupName)).toEqual([`of-${name}`]);
  }
});
