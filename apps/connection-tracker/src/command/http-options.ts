import { option, type OptionsFor } from '@net/cli';

const GROUP = 'HTTP';

/** Values of {@link httpOptions}. */
export interface HttpValues {
  readonly host: string;
  readonly port: number;
  readonly insecureOpen: boolean;
  readonly tokeninfoUrl: string | undefined;
  readonly tokeninfoScope: readonly string[];
  readonly jwtKeysUrl: string | undefined;
  readonly jwtIssuer: string | undefined;
  readonly jwtAudience: string | undefined;
  readonly jwtScope: readonly string[];
  readonly staticTokensFile: string | undefined;
  readonly rateLimit: number;
}

/** Where the page and the API are, and who may use them. */
export const httpOptions: OptionsFor<HttpValues> = {
  host: option.string({
    describe: 'Address to listen on',
    placeholder: 'ADDRESS',
    default: '127.0.0.1',
    group: GROUP,
  }),
  port: option.integer({
    describe: 'TCP port of the page and the API; 0: a free one',
    min: 0,
    max: 65_535,
    default: 8080,
    group: GROUP,
  }),
  insecureOpen: option.flag({
    describe: 'Answer everybody who reaches the address, without authentication',
    group: GROUP,
  }),
  tokeninfoUrl: option.string({
    describe: 'Check bearer tokens there',
    placeholder: 'URL',
    env: ['HTTP_TOKENINFO_URL'],
    group: GROUP,
  }),
  tokeninfoScope: option.string({
    describe: 'Scopes that a token needs there',
    placeholder: 'SCOPE',
    repeatable: true,
    commaSeparated: true,
    default: ['uid'],
    group: GROUP,
  }),
  jwtKeysUrl: option.string({
    describe: 'Accept JSON Web Tokens signed by a key of this set',
    placeholder: 'URL',
    group: GROUP,
  }),
  jwtIssuer: option.string({ describe: 'Their issuer', placeholder: 'URL', group: GROUP }),
  jwtAudience: option.string({ describe: 'Their audience', placeholder: 'NAME', group: GROUP }),
  jwtScope: option.string({
    describe: 'Scopes that they need',
    placeholder: 'SCOPE',
    repeatable: true,
    commaSeparated: true,
    default: [],
    group: GROUP,
  }),
  staticTokensFile: option.string({
    describe: 'Accept the bearer tokens of this file, one a line, 16 characters or more',
    placeholder: 'FILE',
    group: GROUP,
  }),
  rateLimit: option.integer({
    describe: 'Requests a second of one caller',
    min: 1,
    max: 100_000,
    default: 100,
    group: GROUP,
  }),
};
