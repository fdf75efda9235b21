import { AwsError } from './errors/aws-error.js';

/** A paginator of the SDK, `paginateDescribeInstances` for one. */
export type Paginate<Client, Input extends object, Output> = (
  config: { client: Client; pageSize?: number; stopOnSameToken?: boolean },
  input: Input,
  ...options: { abortSignal?: AbortSignal }[]
) => AsyncGenerator<Output, undefined>;

/** How a list is read. */
export interface PageOptions {
  readonly signal?: AbortSignal | undefined;
  /** Results a page; each operation has its own range. Left out: AWS's default. */
  readonly pageSize?: number | undefined;
  /** More pages than this are a fault of the service. Default 100,000. */
  readonly maxPages?: number | undefined;
}

/**
 * Every item of a list, over all its pages, as they come. The caller's input is left as it is (the SDK's paginators
 * write the token into it).
 *
 * @throws {AwsError} NET_AWS_PAGES when the pages do not end
 */
export async function* eachItem<Client, Input extends object, Output, Item>(
  paginate: Paginate<Client, Input, Output>,
  client: Client,
  input: Input,
  select: (page: Output) => readonly Item[] | undefined,
  options: PageOptions = {},
): AsyncGenerator<Item, undefined> {
  const { signal, pageSize, maxPages = 100_000 } = options;
  const config = pageSize === undefined ? { client } : { client, pageSize };
  const pages = paginate(config, { ...input }, signal ? { abortSignal: signal } : {});
  let count = 0;
  for await (const page of pages) {
    signal?.throwIfAborted();
    count += 1;
    if (count > maxPages) throw new AwsError('NET_AWS_PAGES', `a list did not end within ${maxPages} pages`);
    yield* select(page) ?? [];
  }
}

/** Every item of a list in one array; see {@link eachItem}. */
export async function allItems<Client, Input extends object, Output, Item>(
  paginate: Paginate<Client, Input, Output>,
  client: Client,
  input: Input,
  select: (page: Output) => readonly Item[] | undefined,
  options: PageOptions = {},
): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of eachItem(paginate, client, input, select, options)) items.push(item);
  return items;
}
