import { describe, expect, test } from '@jest/globals';
import { CreateVpcCommand, DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { IncomingHttpHeaders } from 'node:http';

import { AwsUncertainWriteError, categorize, createClient, openSession } from '../../src/index.js';
import { startServer } from '../raw-server.js';

const ANSWER =
  '<DescribeVpcsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><vpcSet/></DescribeVpcsResponse>';

async function clientOf(
  endpointUrl: string,
  options: Parameters<typeof createClient>[2] = {},
): Promise<EC2Client> {
  const session = await openSession({
    app: { name: 'demo', version: '1.2.3' },
    region: 'eu-west-1',
    endpointUrl,
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'secret',
  });
  return await createClient(session, EC2Client, { retryMode: 'standard', ...options });
}

describe('a client', () => {
  test('says who it is and keeps its connection', async () => {
    const seen: { headers: IncomingHttpHeaders; port: number | undefined }[] = [];
    const url = await startServer((request, response) => {
      seen.push({ headers: request.headers, port: request.socket.remotePort });
      request.resume();
      response.end(ANSWER);
    });
    const ec2 = await clientOf(url);
    await ec2.send(new DescribeVpcsCommand({}));
    await ec2.send(new DescribeVpcsCommand({}));
    expect(seen[0]?.headers['user-agent']).toMatch(/^aws-sdk-js\/.* @net\/demo\/1\.2\.3$/);
    expect(seen[0]?.headers['authorization']).not.toContain('secret');
    expect(seen[1]?.port).toBe(seen[0]?.port);
    ec2.destroy();
  });

  test('gives up on an answer that does not begin, and does not repeat a write for it', async () => {
    let requests = 0;
    const url = await startServer((request) => {
      requests += 1;
      request.resume();
    });
    const ec2 = await clientOf(url, { requestTimeoutMs: 150, retry: { attempts: 2, baseDelayMs: 1 } });
    const read = await ec2.send(new DescribeVpcsCommand({})).catch((e: unknown) => e);
    expect(categorize(read)).toMatchObject({ category: 'transient', code: 'TimeoutError' });
    expect(requests).toBe(2);
    const write = ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
    await expect(write).rejects.toBeInstanceOf(AwsUncertainWriteError);
    expect(requests).toBe(3);
    ec2.destroy();
  });

  test('a write that found nobody to connect to was certainly not done, and is tried again', async () => {
    const url = await startServer((_request, response) => response.end(ANSWER));
    const unused = new URL(url);
    unused.port = '1';
    const ec2 = await clientOf(unused.origin, { retry: { attempts: 3, baseDelayMs: 1 } });
    const error = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' })).catch((e: unknown) => e);
    expect(error).not.toBeInstanceOf(AwsUncertainWriteError);
    expect(error).toMatchObject({ $metadata: { attempts: 3 } });
    expect(categorize(error).category).toBe('transient');
    ec2.destroy();
  });

  test.each(['<html>502</html>', '', '{}', '<a', '\u0000\u0001', '<DescribeVpcsResponse>'])(
    'an answer of %j is an error or an empty answer, never a hang',
    async (body) => {
      const url = await startServer((request, response) => {
        request.resume();
        response.end(body);
      });
      const ec2 = await clientOf(url, { retry: { attempts: 2, baseDelayMs: 1 } });
      const result = await ec2.send(new DescribeVpcsCommand({})).then(
        (answer) => (answer.Vpcs === undefined || answer.Vpcs.length === 0 ? 'empty' : 'strange'),
        (error: unknown) => categorize(error).category,
      );
      expect(['empty', 'transient', 'unknown']).toContain(result);
      ec2.destroy();
    },
  );
});
