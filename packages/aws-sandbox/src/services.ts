import { autoScalingService } from './auto-scaling/service.js';
import { ec2Service } from './ec2/service.js';
import { classicLoadBalancingService } from './elb/service.js';
import { loadBalancingService } from './elbv2/service.js';
import { logsService } from './logs/service.js';
import { organizationsService } from './organizations/service.js';
import { rdsService } from './rds/service.js';
import { s3Service } from './s3/service.js';
import type { ServiceDefinition } from './service/definition.js';
import { sqsService } from './sqs/service.js';
import { stsService } from './sts/service.js';

/** Every service that the sandbox serves. To add one, add its line here. */
export const services: readonly ServiceDefinition[] = [
  ec2Service,
  stsService,
  autoScalingService,
  loadBalancingService,
  classicLoadBalancingService,
  logsService,
  organizationsService,
  rdsService,
  s3Service,
  sqsService,
];
