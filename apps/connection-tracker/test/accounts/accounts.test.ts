import { afterEach, describe, expect, test } from '@jest/globals';
import { createSandbox, type Sandbox } from '@net/aws-sandbox';
import { openSession } from '@net/aws-core';
import { propertyOptions, temporaryDirectory } from '@net/testing';
import fc from 'fast-check';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  accessToken,
  parseDomainTemplate,
  readAccountList,
  readAccountsFile,
  readOrganization,
  readTeamService,
  readThisAccount,
} from '../../src/accounts/index.js';

const app = { name: 'connection-tracker', version: '0.0.0' };
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server: Server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function sandboxSession(): Promise<{ sandbox: Sandbox; open: () => ReturnType<typeof openSession> }> {
  const sandbox = await createSandbox();
  closing.push(() => sandbox.close());
  const { accessKeyId, secretAccessKey } = sandbox.credentials();
  return {
    sandbox,
    open: () =>
      openSession({ app, region: 'eu-west-1', endpointUrl: sandbox.endpoint, accessKeyId, secretAccessKey }),
  };
}

describe('an account list', () => {
  test('keeps what it does not know, and the accounts without a name', () => {
    const { accounts, rejected } = readAccountList([
      { id: '123456789123', name: 'myaccount', type: 'aws', disabled: false },
      { id: '987654321001' },
      { id: 42, name: '' },
    ]);
    expect(rejected).toEqual([]);
    expect(accounts).toEqual([
      { id: '123456789123', name: 'myaccount', attributes: { type: 'aws', disabled: false } },
      { id: '987654321001', name: undefined, attributes: {} },
      { id: '000000000042', name: undefined, attributes: {} },
    ]);
  });

  test('rejects by position what cannot be used, and nothing else with it', () => {
    const { accounts, rejected } = readAccountList([
      null,
      { name: 'no id' },
      { id: '12 34' },
      { id: '1', name: 'a\nb' },
      { id: '2', name: 'two' },
      { id: '2', name: 'again' },
      ['3'],
    ]);
    expect(accounts.map(({ id, name }) => [id, name])).toEqual([
      ['1', undefined],
      ['2', 'two'],
    ]);
    expect(rejected.map(({ index }) => index)).toEqual([0, 1, 2, 3, 5, 6]);
  });

  test('of any JSON never throws, and its accounts have ids of digits and names that can be shown', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.array(fc.record({ id: fc.jsonValue(), name: fc.jsonValue() })),
        (any, items) => {
          for (const value of [any, items]) {
            for (const { id, name } of readAccountList(value).accounts) {
              expect(id).toMatch(/^\d+$/);
              expect(name ?? '').not.toMatch(/\p{Cc}/u);
            }
          }
        },
      ),
      propertyOptions(300),
    );
  });
});

describe('the domain template', () => {
  test('makes host names of account names', () => {
    const domain = parseDomainTemplate('{account_name}.example.org');
    expect(domain({ id: '1', name: 'myaccount', attributes: {} })).toBe('myaccount.example.org');
    expect(domain({ id: '1', name: undefined, attributes: {} })).toBeUndefined();
    expect(domain({ id: '1', name: 'a b<script>', attributes: {} })).toBeUndefined();
    expect(
      parseDomainTemplate('{account_id}.example.org')({ id: '12', name: undefined, attributes: {} }),
    ).toBe('12.example.org');
  });

  test.each(['{name}.example.org', 'http://{account_name}', '', '{account_name}..org', 'a b'])(
    '%j is refused',
    (text) => {
      expect(() => parseDomainTemplate(text)).toThrow('is not a domain template');
    },
  );
});

describe('OAUTH2_ACCESS_TOKENS', () => {
  test('gives the token of the name', () => {
    expect(accessToken('uid=a.b-c,tok=abc123==')).toBe('abc123==');
  });

  test('says what is wrong without the token', () => {
    expect(() => accessToken('tok=s3 cret')).toThrow(/^OAUTH2_ACCESS_TOKENS: item 1 is not name=token$/);
    expect(() => accessToken('other=s3cret')).toThrow(/^OAUTH2_ACCESS_TOKENS has no token named tok$/);
  });
});

describe('the team service', () => {
  const token = (): string => 'sesame';

  test('is asked below its base address with the token', async () => {
    const asked: unknown[] = [];
    const url = await serve((request, response) => {
      asked.push([request.url, request.headers.authorization]);
      response.end(JSON.stringify([{ id: '123456789123', name: 'myaccount', type: 'aws' }]));
    });
    const { accounts } = await readTeamService({ url: `${url}/teams/`, token });
    expect(accounts).toHaveLength(1);
    expect(asked).toEqual([['/teams/api/accounts/aws', 'Bearer sesame']]);
  });

  test.each<[string, (response: ServerResponse) => void, RegExp]>([
    ['401', (r) => r.writeHead(401).end(), /answered with status 401/],
    ['500', (r) => r.writeHead(500).end('sesame'), /answered with status 500/],
    [
      'a redirect',
      (r) => r.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      /answered with status 302/,
    ],
    ['HTML', (r) => r.end('<html>'), /something that is not JSON/],
    ['an object', (r) => r.end('{}'), /something that is not a list/],
    ['a cut connection', (r) => r.socket?.destroy(), /team service at 127/],
    ['silence', () => undefined, /no answer within 300 ms/],
  ])('%s is one clear line without the token', async (_name, answer, message) => {
    const url = await serve((_request, response) => {
      answer(response);
    });
    const failed = readTeamService({ url, token, timeoutMs: 300 });
    await expect(failed).rejects.toThrow(message);
    await expect(failed).rejects.toMatchObject({ code: 'NET_TRACKER_ACCOUNTS' });
    await failed.catch((error: unknown) => {
      expect(String(error)).not.toContain('sesame');
    });
  });

  test('an address that is none is refused before anything is asked', async () => {
    for (const url of ['teams.example.org', 'ftp://x', 'https://user:secret@x'])
      await expect(readTeamService({ url, token })).rejects.toMatchObject({ code: 'NET_TRACKER_CONFIG' });
  });

  test('an abort ends the wait with its reason', async () => {
    const url = await serve(() => undefined);
    const controller = new AbortController();
    const failed = readTeamService({ url, token }, controller.signal);
    controller.abort(new Error('enough'));
    await expect(failed).rejects.toThrow('enough');
  });
});

describe('other lists', () => {
  test('the active accounts of the organization, all pages', async () => {
    const { sandbox, open } = await sandboxSession();
    sandbox.createOrganization([
      { id: '123456789012', name: 'management' },
      { id: '210987654321', name: 'shop' },
      { id: '310987654321', name: 'closed', status: 'SUSPENDED' },
    ]);
    sandbox.faults.add({ match: { action: 'ListAccounts' }, fault: { kind: 'small-pages', size: 1 } });
    const { accounts } = await readOrganization(await open());
    expect(accounts.map(({ id, name }) => [id, name]).sort()).toEqual([
      ['123456789012', 'management'],
      ['210987654321', 'shop'],
    ]);
  });

  test('denied names the permission', async () => {
    const { sandbox, open } = await sandboxSession();
    sandbox.faults.add({ match: { action: 'ListAccounts' }, fault: { kind: 'deny' } });
    await expect(open().then((session) => readOrganization(session))).rejects.toThrow(
      'organizations:ListAccounts was denied',
    );
  });

  test('this account alone', async () => {
    const { open } = await sandboxSession();
    const { accounts } = await readThisAccount(await open(), 'mine');
    expect(accounts).toMatchObject([{ id: '123456789012', name: 'mine' }]);
  });

  test('a file, as a list or under "accounts"', async () => {
    const folder = temporaryDirectory('accounts');
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    expect((await readAccountsFile(file('a', '[{"id":"1"}]'))).accounts).toHaveLength(1);
    expect((await readAccountsFile(file('b', '{"accounts":[{"id":"1"},{"id":"2"}]}'))).accounts).toHaveLength(
      2,
    );
    await expect(readAccountsFile(file('c', '{"accounts":7}'))).rejects.toThrow('holds no list of accounts');
    await expect(readAccountsFile(file('d', '[{'))).rejects.toThrow('is not JSON');
    await expect(readAccountsFile(join(folder, 'none'))).rejects.toThrow('cannot be read');
  });
});
