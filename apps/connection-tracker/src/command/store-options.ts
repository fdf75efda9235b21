import { option, type OptionsFor } from '@net/cli';

const GROUP = 'Store';

/** Values of {@link storeOptions}. */
export interface StoreValues {
  readonly storeDirectory: string | undefined;
  readonly redisUrl: readonly string[];
  readonly redisHost: string | undefined;
  readonly redisPort: number;
  readonly redisSentinel: string | undefined;
  readonly redisCluster: boolean;
  readonly retentionDays: number | undefined;
}

/** Where counts are kept. */
export const storeOptions: OptionsFor<StoreValues> = {
  storeDirectory: option.string({
    describe: 'Folder of the embedded store',
    placeholder: 'FOLDER',
    group: GROUP,
  }),
  redisUrl: option.string({
    describe: 'Redis, such as rediss://user:password@host:6379; several of a cluster or of sentinels',
    placeholder: 'URL',
    repeatable: true,
    commaSeparated: true,
    default: [],
    secret: true,
    group: GROUP,
  }),
  redisHost: option.string({
    describe: 'Redis without a password, database 0, as the original',
    placeholder: 'HOST',
    env: ['REDIS_HOST'],
    group: GROUP,
  }),
  redisPort: option.integer({
    describe: 'Its port',
    min: 1,
    max: 65_535,
    default: 6379,
    env: ['REDIS_PORT'],
    group: GROUP,
  }),
  redisSentinel: option.string({
    describe: 'The urls are of sentinels, which know the master of this name',
    placeholder: 'NAME',
    group: GROUP,
  }),
  redisCluster: option.flag({ describe: 'The urls are of nodes of a Redis Cluster', group: GROUP }),
  retentionDays: option.integer({
    describe: 'Delete days before that many',
    min: 1,
    max: 36_500,
    defaultText: 'never',
    group: GROUP,
  }),
};
