// The arrows of the house: apps -> packages -> native; cores without the AWS SDK; no cycles.
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: { path: '^(packages|apps|native|examples)/[^/]*/?(src|bin)' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'packages-know-no-app',
      severity: 'error',
      from: { path: '^(packages|native)/' },
      to: { path: '^(apps|examples)/' },
    },
    {
      name: 'native-knows-no-package',
      severity: 'error',
      from: { path: '^native/src' },
      to: { path: '^packages/' },
    },
    {
      name: 'apps-know-no-app',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'cli-and-aws-core-are-foundations',
      severity: 'error',
      from: { path: '^packages/(cli|aws-core)/src' },
      to: { path: '^packages/(?!$1/)' },
    },
    {
      name: 'cores-without-aws',
      severity: 'error',
      from: { path: '^packages/(geneve|iproute)/src' },
      to: { path: '@aws-sdk|^packages/aws-' },
    },
    {
      name: 'flowlogs-core-without-aws',
      severity: 'error',
      from: {
        path: '^packages/flowlogs/src/',
        pathNot: '^packages/flowlogs/src/(cloudwatch|s3|command/aws)/',
      },
      to: { path: '@aws-sdk|^packages/aws-' },
    },
    {
      name: 'src-imports-no-test',
      severity: 'error',
      from: { path: '^(packages|apps|native|examples)/.*src/' },
      to: { path: '/(test|bench)/|^tooling/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|dist' },
    exclude: { path: 'node_modules/(?!@net)|/build/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
