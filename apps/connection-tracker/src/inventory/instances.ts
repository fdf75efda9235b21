import type { EC2Client } from '@aws-sdk/client-ec2';
import { allItems, nameTag, tagsFromList } from '@net/aws-core';

/** As many ids as one call may name; each page then is one answer. */
const IDS_A_CALL = 200;

/** Name tags of these instances by id. No id: no call, since an empty list means all of them to EC2. */
export async function readInstanceNames(
  ec2: EC2Client,
  instanceIds: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  if (instanceIds.length === 0) return names;
  const { paginateDescribeInstances } = await import('@aws-sdk/client-ec2');
  for (let from = 0; from < instanceIds.length; from += IDS_A_CALL) {
    // A filter, not ids: an instance that ended meanwhile would make the whole call fail.
    const Filters = [{ Name: 'instance-id', Values: instanceIds.slice(from, from + IDS_A_CALL) }];
    const reservations = await allItems(
      paginateDescribeInstances,
      ec2,
      { Filters },
      (page) => page.Reservations,
      signal ? { signal } : {},
    );
    for (const { InstanceId, Tags } of reservations.flatMap(({ Instances = [] }) => Instances)) {
      const name = nameTag(tagsFromList(Tags));
      if (InstanceId !== undefined && name !== undefined && name !== '') names.set(InstanceId, name);
    }
  }
  return names;
}
