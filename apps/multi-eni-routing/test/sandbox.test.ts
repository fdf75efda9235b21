import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createSandbox, type ImdsListener, type Sandbox } from '@net/aws-sandbox';
import { type RunResult, runProcess, suite, until } from '@net/testing';

import { type EchoServer, probe, startEchoServer } from '../src/demo/connections.js';
import { createScene, hostAddresses, program, type Scene } from './scene.js';

suite('driven by the instance metadata of the sandbox', ['netns', { command: 'flock' }], () => {
  let scene: Scene;
  let sandbox: Sandbox;
  let imds: ImdsListener;
  let server: EchoServer;
  const interfaceIds: string[] = [];
  beforeAll(async () => {
    scene = createScene();
    sandbox = await createSandbox();
    const ec2 = sandbox.ec2();
    const vpcId = ec2.createVpc({ CidrBlock: '10.0.0.0/16' }).Vpc!.VpcId!;
    const subnets = ['10.0.1.0/24', '10.0.2.0/24', '10.0.3.0/24'].map(
      (CidrBlock) => ec2.createSubnet({ VpcId: vpcId, CidrBlock }).Subnet!.SubnetId!,
    );
    for (const eni of scene.world.enis) {
      const inet = eni.addresses.filter((text) => !text.includes(':'));
      const created = ec2.createNetworkInterface({
        SubnetId: subnets[Number(inet[0]!.split('.')[2]) - 1]!,
        PrivateIpAddresses: inet.map((PrivateIpAddress, index) => ({
          PrivateIpAddress,
          Primary: index === 0,
        })),
      }).NetworkInterface!;
      interfaceIds.push(created.NetworkInterfaceId!);
      const name = eni.name;
      scene.world.exec(scene.world.host, 'ip', 'link', 'set', name, 'address', created.MacAddress!);
    }
    const instanceId = ec2.runInstances({
      ImageId: 'ami-12345678',
      InstanceType: 'm5.xlarge',
      MinCount: 1,
      MaxCount: 1,
      NetworkInterfaces: [{ NetworkInterfaceId: interfaceIds[0]!, DeviceIndex: 0 }],
    }).Instances![0]!.InstanceId!;
    await until(
      'the instance to run',
      () => ec2.describeInstances({}).Reservations?.[0]?.Instances?.[0]?.State?.Name === 'running',
    );
    interfaceIds.slice(1).forEach((NetworkInterfaceId, index) => {
      ec2.attachNetworkInterface({ NetworkInterfaceId, InstanceId: instanceId, DeviceIndex: index + 1 });
    });
    ec2.assignPrivateIpAddresses({ NetworkInterfaceId: interfaceIds[2]!, Ipv4Prefixes: ['10.0.2.16/28'] });
    imds = await sandbox.attachImds(instanceId);
    server = await startEchoServer(scene.world.host, []);
  });
  afterAll(async () => {
    await server.stop();
    await sandbox.close();
    scene.world.remove();
  });
  const tool = (...args: string[]): Promise<RunResult> =>
    runProcess(process.execPath, [
      program,
      ...args,
      '-n',
      scene.world.host,
      '--state-dir',
      scene.stateDirectory,
      '--source',
      'imds',
      '--imds-endpoint',
      imds.endpoint,
      '--imds-timeout',
      '2s',
    ]);
  const rules = (): string => scene.world.exec(scene.world.host, 'ip', 'rule');

  test('every address answers, by what the metadata tells alone', async () => {
    await until('the metadata to know all interfaces', async () =>
      (await tool('status', '--json')).stdout.includes('10.0.2.16/28'),
    );
    expect(await tool('apply')).toMatchObject({ code: 0, stderr: '' });
    expect(rules()).toContain('11002:\tfrom 10.0.2.16/28 lookup 42002');
    const answers = await probe(
      scene.world.client,
      hostAddresses.map((text) => `tcp/${text}`),
      5_000,
    );
    expect(Object.keys(answers).filter((key) => answers[key] !== true)).toEqual([]);
    expect(imds.requests.every((request) => request.status !== 401)).toBe(true);
  });

  test.each(['silence', 'not-found', 'empty', 'throttle'] as const)('%s removes nothing', async (kind) => {
    const before = rules();
    const end = imds.fault({ kind });
    expect((await tool('apply', '--imds-timeout', '200ms', '--removal-interval', '0s')).code).toBe(0);
    end();
    expect(rules()).toBe(before);
  });

  test('a prefix that was taken away goes after readings that agree', async () => {
    const ec2 = sandbox.ec2();
    ec2.unassignPrivateIpAddresses({ NetworkInterfaceId: interfaceIds[2]!, Ipv4Prefixes: ['10.0.2.16/28'] });
    await until('the rule of the prefix to go', async () => {
      await tool('apply', '--removal-interval', '10ms');
      return !rules().includes('10.0.2.16/28');
    });
    expect(rules()).toContain('from 10.0.2.11 lookup 42002');
  });
});
