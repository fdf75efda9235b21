import { EC2 } from '@aws-sdk/client-ec2';
import { RDS } from '@aws-sdk/client-rds';
import { expect, test } from '@jest/globals';

import { buildNetwork } from '../flow-logs/network.js';
import { openSandbox } from '../open-sandbox.js';

test('database instances are described in pages, with an interface each', async () => {
  const sandbox = await openSandbox();
  const { publicSubnetId } = buildNetwork(sandbox);
  const rds = new RDS({ ...sandbox.client(), maxAttempts: 1 });
  await rds.createDBSubnetGroup({
    DBSubnetGroupName: 'main',
    DBSubnetGroupDescription: 'all',
    SubnetIds: [publicSubnetId],
  });
  for (let i = 0; i < 25; i++) {
    await rds.createDBInstance({
      DBInstanceIdentifier: `db-${i}`,
      DBInstanceClass: 'db.t3.micro',
      Engine: i % 2 ? 'mysql' : 'postgres',
      DBSubnetGroupName: 'main',
      PubliclyAccessible: i === 0,
      MasterUsername: 'admin',
      MasterUserPassword: 'not-kept-anywhere',
      AllocatedStorage: 20,
    });
  }
  const first = await rds.describeDBInstances({ MaxRecords: 20 });
  const second = await rds.describeDBInstances({ MaxRecords: 20, Marker: first.Marker! });
  expect([first.DBInstances?.length, second.DBInstances?.length, second.Marker]).toEqual([20, 5, undefined]);
  const mysql = await rds.describeDBInstances({ Filters: [{ Name: 'engine', Values: ['mysql'] }] });
  expect(mysql.DBInstances).toHaveLength(12);
  const { DBInstances } = await rds.describeDBInstances({ DBInstanceIdentifier: 'db-0' });
  expect(DBInstances).toMatchObject([
    { PubliclyAccessible: true, DBInstanceStatus: 'available', Endpoint: { Port: 5432 } },
  ]);
  expect(DBInstances?.[0]?.Endpoint?.Address).toMatch(/^db-0\.[0-9a-f]{12}\.eu-west-1\.rds\.amazonaws\.com$/);
  const ec2 = new EC2(sandbox.client());
  const { NetworkInterfaces } = await ec2.describeNetworkInterfaces({
    Filters: [{ Name: 'description', Values: ['RDSNetworkInterface'] }],
  });
  expect(NetworkInterfaces?.filter((eni) => eni.Association?.PublicIp)).toHaveLength(1);
  await expect(rds.describeDBInstances({ DBInstanceIdentifier: 'none' })).rejects.toMatchObject({
    name: expect.stringContaining('DBInstanceNotFound'),
  });
  await rds.deleteDBInstance({ DBInstanceIdentifier: 'db-0', SkipFinalSnapshot: true });
  expect((await rds.describeDBInstances({ MaxRecords: 100 })).DBInstances).toHaveLength(24);
  expect(JSON.stringify(sandbox.dump())).not.toContain('not-kept-anywhere');
});
