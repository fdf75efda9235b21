import { describe, expect, test } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';

import { runProcess, temporaryDirectory } from '@net/testing';

import { createImds, openSession, readCaller } from '../../src/index.js';
import { rememberCredentials } from '../../src/session/remember-credentials.js';
import { openSandbox, sandboxSession } from '../open-sandbox.js';

const app = { name: 'demo', version: '1.2.3' };
const keys = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' };

describe('settings that no call can be made with', () => {
  test.each([
    [{ region: 'nowhere' }, 'NET_AWS_REGION', 2],
    [{ region: 'eu-west-1', accessKeyId: keys.accessKeyId }, 'NET_AWS_SESSION', 2],
    [{ region: 'eu-west-1', ...keys, profile: 'x' }, 'NET_AWS_SESSION', 2],
    [{ region: 'eu-west-1', ...keys, endpointUrl: 'localhost:1' }, 'NET_AWS_SESSION', 2],
    [{ region: 'eu-west-1', ...keys, roles: [{ roleArn: 'arn:aws:s3:::bucket' }] }, 'NET_AWS_ARN', 2],
    [
      {
        region: 'eu-west-1',
        ...keys,
        roles: [{ roleArn: 'arn:aws:iam::123456789012:role/r', durationSeconds: 1 }],
      },
      'NET_AWS_SESSION',
      2,
    ],
    [
      {
        region: 'eu-west-1',
        ...keys,
        roles: [{ roleArn: 'arn:aws:iam::123456789012:role/r', sessionName: 'a b' }],
      },
      'NET_AWS_SESSION',
      2,
    ],
  ] as const)('%j', async (options, code, exitCode) => {
    const error: unknown = await openSession({ app, env: {}, ...options }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code, exitCode });
    expect(String(error)).not.toContain('wJalr');
  });
});

describe('a session', () => {
  test('shows no secret, however it is printed', async () => {
    const session = await openSession({ app, region: 'eu-west-1', ...keys });
    for (const text of [
      inspect(session, { depth: 9, showHidden: true }),
      JSON.stringify(session),
      String(session),
    ]) {
      expect(text).not.toContain('wJalr');
      expect(text).not.toContain('AKIAIOSFODNN7EXAMPLE');
    }
  });

  test('takes its region from the environment in the order people expect', async () => {
    const env = { AWS_REGION: 'eu-west-2', AWS_DEFAULT_REGION: 'eu-west-3' };
    expect((await openSession({ app, ...keys, env })).region).toBe('eu-west-2');
    expect((await openSession({ app, ...keys, env: { AWS_DEFAULT_REGION: 'eu-west-3' } })).region).toBe(
      'eu-west-3',
    );
    expect((await openSession({ app, ...keys, env, region: 'eu-west-1' })).region).toBe('eu-west-1');
    expect((await openSession({ app, ...keys, env })).inRegion('us-east-1').region).toBe('us-east-1');
  });

  test('takes its region from the instance metadata', async () => {
    const sandbox = await openSandbox();
    const { box } = sandbox.seed({
      regions: [
        {
          region: 'ap-southeast-2',
          vpcs: [
            {
              name: 'v',
              cidr: '10.0.0.0/16',
              subnets: [{ name: 's', cidr: '10.0.0.0/24' }],
              instances: [{ name: 'box', subnet: 's' }],
            },
          ],
        },
      ],
    });
    const imds = await sandbox.attachImds(box!, { region: 'ap-southeast-2' });
    const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT: imds.endpoint };
    expect((await openSession({ app, ...keys, region: 'auto', env })).region).toBe('ap-southeast-2');
    expect(createImds({ env }).endpoint).toBe(imds.endpoint);
  });

  test('goes through a chain of roles, each with its external id, and asks for keys once', async () => {
    const sandbox = await openSandbox();
    sandbox.iam.createRole('123456789012', 'hub');
    sandbox.iam.createRole('210987654321', 'spoke');
    const session = await sandboxSession(sandbox, {
      roles: [
        { roleArn: 'arn:aws:iam::123456789012:role/hub' },
        {
          roleArn: 'arn:aws:iam::210987654321:role/spoke',
          sessionName: 'tap',
          externalId: 'ext-1',
          durationSeconds: 900,
        },
      ],
    });
    const [first, second] = await Promise.all([readCaller(session), readCaller(session)]);
    expect(first).toEqual({
      accountId: '210987654321',
      arn: 'arn:aws:sts::210987654321:assumed-role/spoke/tap',
    });
    expect(second).toEqual(first);
    const assumed = sandbox.calls.list({ action: 'AssumeRole' });
    expect(assumed.map((call) => [call.params['RoleSessionName'], call.params['ExternalId']])).toEqual([
      ['demo', undefined],
      ['tap', 'ext-1'],
    ]);
    expect(assumed[1]?.principalArn).toContain('assumed-role/hub/demo');
  });

  test('that may not assume its role says which action is missing', async () => {
    const sandbox = await openSandbox();
    const user = sandbox.iam.createUser('123456789012', 'nobody', { Version: '2012-10-17', Statement: [] });
    const session = await sandboxSession(sandbox, {
      accessKeyId: user.accessKeyId,
      secretAccessKey: user.secretAccessKey,
      roles: [{ roleArn: 'arn:aws:iam::123456789012:role/hub' }],
    });
    await expect(readCaller(session)).rejects.toMatchObject({
      code: 'NET_AWS_DENIED',
      action: 'sts:AssumeRole',
    });
  });
});

describe('in a process of its own', () => {
  const script = `
    import { openSession, readCaller } from '@net/aws-core';
    try {
      const session = await openSession({ app: { name: 'demo', version: '1' }, profile: process.argv[1] || undefined });
      console.log(JSON.stringify([session.region, (await readCaller(session)).arn]));
    } catch (error) {
      console.log(JSON.stringify([error.code, error.exitCode, error.message]));
    }`;

  async function run(env: Readonly<Record<string, string>>, profile = ''): Promise<unknown> {
    const folder = temporaryDirectory('home');
    const result = await runProcess(process.execPath, ['--input-type=module', '-e', script, profile], {
      cwd: new URL('../..', import.meta.url).pathname,
      env: { PATH: process.env['PATH'], HOME: folder, AWS_EC2_METADATA_DISABLED: 'true', ...env },
    });
    return JSON.parse(result.stdout || `"${result.stderr.replaceAll(/[^\w ]/g, '.')}"`) as unknown;
  }

  test('profiles give region, endpoint, keys and a role', async () => {
    const sandbox = await openSandbox();
    sandbox.iam.createRole('123456789012', 'hub');
    const folder = temporaryDirectory('aws');
    mkdirSync(folder, { recursive: true });
    const { accessKeyId, secretAccessKey } = sandbox.credentials();
    writeFileSync(
      join(folder, 'credentials'),
      `[base]\naws_access_key_id=${accessKeyId}\naws_secret_access_key=${secretAccessKey}\n`,
    );
    writeFileSync(
      join(folder, 'config'),
      '[profile base]\nregion=eu-west-2\n[profile hub]\nregion=eu-west-3\nsource_profile=base\nrole_arn=arn:aws:iam::123456789012:role/hub\nrole_session_name=by-profile\n',
    );
    const env = {
      AWS_CONFIG_FILE: join(folder, 'config'),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
      AWS_ENDPOINT_URL: sandbox.endpoint,
    };
    expect(await run(env, 'base')).toEqual(['eu-west-2', 'arn:aws:iam::123456789012:root']);
    expect(await run({ ...env, AWS_PROFILE: 'base' })).toEqual([
      'eu-west-2',
      'arn:aws:iam::123456789012:root',
    ]);
    expect(await run(env, 'hub')).toEqual([
      'eu-west-3',
      'arn:aws:sts::123456789012:assumed-role/hub/by-profile',
    ]);
  });

  test('nothing at all is one clear error of each kind', async () => {
    expect(await run({})).toEqual(['NET_AWS_REGION', 3, 'no region is known']);
    expect(await run({ AWS_REGION: 'eu-west-1' })).toEqual([
      'NET_AWS_CREDENTIALS',
      3,
      expect.stringContaining('no usable AWS credentials'),
    ]);
  });

  test('the entry loads no SDK and no service client', async () => {
    const result = await runProcess(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import '@net/aws-core'; import { createRequire } from 'node:module';
         console.log(Object.keys(createRequire(import.meta.url).cache).length, process.moduleLoadList.includes('NativeModule https'));`,
      ],
      { cwd: new URL('../..', import.meta.url).pathname },
    );
    expect(result.stdout.trim()).toBe('0 false');
  });
});

describe('rememberCredentials', () => {
  test('asks once for all, renews before the end, and lives on keys that still live', async () => {
    let nowMs = 0;
    let asked = 0;
    let isDown = false;
    const remembered = rememberCredentials(
      () => {
        asked += 1;
        if (isDown) return Promise.reject(new Error('down'));
        return Promise.resolve({ ...keys, expiration: new Date(nowMs + 3_600_000) });
      },
      () => nowMs,
    );
    await Promise.all([remembered(), remembered(), remembered()]);
    expect(asked).toBe(1);
    nowMs = 3_300_001;
    await remembered();
    expect(asked).toBe(2);
    isDown = true;
    nowMs += 3_400_000;
    await expect(remembered()).resolves.toMatchObject(keys);
    nowMs += 3_400_000;
    await expect(remembered()).rejects.toThrow('down');
  });
});
