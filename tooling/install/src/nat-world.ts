/** A seed for the sandbox: a VPC whose default route leads to `nat-a`, with `nat-b` beside it. */
export const natWorld: object = {
  regions: [
    {
      region: 'eu-west-1',
      vpcs: [
        {
          name: 'main',
          cidr: '10.0.0.0/16',
          subnets: [{ name: 'public', cidr: '10.0.0.0/24' }],
          instances: [
            { name: 'nat-a', subnet: 'public', sourceDestCheck: false },
            { name: 'nat-b', subnet: 'public', sourceDestCheck: false },
          ],
          routeTables: [{ name: 'out', main: true, routes: [{ to: '0.0.0.0/0', via: 'nat-a' }] }],
        },
      ],
    },
  ],
};
