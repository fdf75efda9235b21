/**
 * The IAM actions that an API call needs, the call's own first. Most are `service:Operation`; the differences are
 * from the service authorization reference.
 *
 * @param serviceId the SDK's name of the service (`client.config.serviceId`), `Elastic Load Balancing v2` for one
 * @param operation the API's name of the operation, without `Command`
 * @param input members that ask for more than the operation: tags at creation, roles to pass
 */
export function iamActionsOf(
  serviceId: string,
  operation: string,
  input: Readonly<Record<string, unknown>> = {},
): readonly string[] {
  const prefix = iamPrefixOf(serviceId);
  const own = RENAMED[prefix]?.[operation] ?? [`${prefix}:${operation}`];
  return [...new Set([...own, ...implied(prefix, operation, input)])];
}

/** The prefix of a service's IAM actions: `ec2`, `elasticloadbalancing`, `logs`. */
export function iamPrefixOf(serviceId: string): string {
  return PREFIXES[serviceId] ?? serviceId.toLowerCase().replaceAll(/[^a-z0-9]+/g, '');
}

/** Calls that every identity may make; they need no statement. */
export function needsPermission(action: string): boolean {
  return action !== 'sts:GetCallerIdentity';
}

const PREFIXES: Readonly<Record<string, string>> = {
  'Auto Scaling': 'autoscaling',
  CloudTrail: 'cloudtrail',
  CloudWatch: 'cloudwatch',
  'CloudWatch Logs': 'logs',
  EC2: 'ec2',
  ECS: 'ecs',
  'Elastic Load Balancing': 'elasticloadbalancing',
  'Elastic Load Balancing v2': 'elasticloadbalancing',
  EventBridge: 'events',
  GuardDuty: 'guardduty',
  IAM: 'iam',
  Lambda: 'lambda',
  Organizations: 'organizations',
  RDS: 'rds',
  'Resource Groups Tagging API': 'tag',
  'Route 53': 'route53',
  S3: 's3',
  SNS: 'sns',
  SQS: 'sqs',
  SSM: 'ssm',
  STS: 'sts',
};

const RENAMED: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  lambda: { Invoke: ['lambda:InvokeFunction'] },
  organizations: {},
  s3: {
    AbortMultipartUpload: ['s3:AbortMultipartUpload'],
    CompleteMultipartUpload: ['s3:PutObject'],
    CopyObject: ['s3:GetObject', 's3:PutObject'],
    CreateMultipartUpload: ['s3:PutObject'],
    DeleteObjects: ['s3:DeleteObject'],
    GetBucketEncryption: ['s3:GetEncryptionConfiguration'],
    GetBucketLifecycleConfiguration: ['s3:GetLifecycleConfiguration'],
    GetBucketNotificationConfiguration: ['s3:GetBucketNotification'],
    HeadBucket: ['s3:ListBucket'],
    HeadObject: ['s3:GetObject'],
    ListBuckets: ['s3:ListAllMyBuckets'],
    ListMultipartUploads: ['s3:ListBucketMultipartUploads'],
    ListObjects: ['s3:ListBucket'],
    ListObjectsV2: ['s3:ListBucket'],
    ListObjectVersions: ['s3:ListBucketVersions'],
    ListParts: ['s3:ListMultipartUploadParts'],
    PutBucketNotificationConfiguration: ['s3:PutBucketNotification'],
    UploadPart: ['s3:PutObject'],
  },
  sqs: {
    ChangeMessageVisibilityBatch: ['sqs:ChangeMessageVisibility'],
    DeleteMessageBatch: ['sqs:DeleteMessage'],
    SendMessageBatch: ['sqs:SendMessage'],
  },
};

function implied(
  prefix: string,
  operation: string,
  input: Readonly<Record<string, unknown>>,
): readonly string[] {
  const actions: string[] = [];
  if (prefix === 'ec2') {
    if (isFilled(input['TagSpecifications'])) actions.push('ec2:CreateTags');
    if (operation === 'RunInstances' && input['IamInstanceProfile'] !== undefined)
      actions.push('iam:PassRole');
    if (operation === 'CreateFlowLogs') {
      actions.push('logs:CreateLogDelivery');
      if (input['DeliverLogsPermissionArn'] !== undefined) actions.push('iam:PassRole');
    }
  }
  if (prefix === 'elasticloadbalancing' && operation.startsWith('Create') && isFilled(input['Tags'])) {
    actions.push('elasticloadbalancing:AddTags');
  }
  return actions;
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}
