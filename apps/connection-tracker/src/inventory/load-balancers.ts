import { allItems, createClient, type Session, toAwsError } from '@net/aws-core';

/** DNS names of classic load balancers by name: all of them, since one unknown name in a call fails the whole call. */
export async function readClassicBalancerNames(
  session: Session,
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  const { ElasticLoadBalancingClient, paginateDescribeLoadBalancers } = await import(
    '@aws-sdk/client-elastic-load-balancing'
  );
  const client = await createClient(session, ElasticLoadBalancingClient);
  try {
    const all = await allItems(
      paginateDescribeLoadBalancers,
      client,
      {},
      (page) => page.LoadBalancerDescriptions,
      signal ? { signal } : {},
    );
    return new Map(
      all.flatMap(({ LoadBalancerName: name, DNSName: dns }) =>
        name !== undefined && dns ? [[name, dns]] : [],
      ),
    );
  } catch (error) {
    signal?.throwIfAborted();
    throw toAwsError(error, { action: 'elasticloadbalancing:DescribeLoadBalancers' });
  } finally {
    client.destroy();
  }
}

/** DNS names of application, network and gateway load balancers by the `app/name/id` of their ARN. */
export async function readBalancerNames(
  session: Session,
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  const { ElasticLoadBalancingV2Client, paginateDescribeLoadBalancers } = await import(
    '@aws-sdk/client-elastic-load-balancing-v2'
  );
  const client = await createClient(session, ElasticLoadBalancingV2Client);
  try {
    const all = await allItems(
      paginateDescribeLoadBalancers,
      client,
      {},
      (page) => page.LoadBalancers,
      signal ? { signal } : {},
    );
    return new Map(
      all.flatMap(({ LoadBalancerArn: arn, DNSName: dns }) => {
        const key = /:loadbalancer\/(.+)$/.exec(arn ?? '')?.[1];
        return key !== undefined && dns ? [[key, dns]] : [];
      }),
    );
  } catch (error) {
    signal?.throwIfAborted();
    throw toAwsError(error, { action: 'elasticloadbalancing:DescribeLoadBalancers' });
  } finally {
    client.destroy();
  }
}
