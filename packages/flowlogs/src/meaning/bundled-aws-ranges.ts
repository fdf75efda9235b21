import type { AwsRanges } from './aws-ranges.js';
import { parsePrefix } from './prefix.js';

/**
 * The small table that comes along: an excerpt of AWS's `ip-ranges.json`, large prefixes of common services. It is a
 * start without any set-up, not the whole: give `parseAwsRanges` the current file for complete answers.
 */
export function bundledAwsRanges(): AwsRanges {
  const prefixes = Object.entries(excerpt).flatMap(([serviceAndRegion, texts]) => {
    const [service = '', region = ''] = serviceAndRegion.split(' ');
    const owner = { service, region, networkBorderGroup: region };
    return texts.split(' ').map((text) => ({ prefix: parsePrefix(text)!, owner }));
  });
  return { syncToken: '1611783258', prefixes };
}

/** Prefixes by service and region. */
const excerpt: Readonly<Record<string, string>> = {
  'AMAZON ap-east-1': '13.248.56.0/22',
  'AMAZON ap-northeast-1': '54.150.0.0/16 54.178.0.0/16',
  'AMAZON ap-northeast-2': '3.34.0.0/15 15.164.0.0/15 54.239.116.0/22',
  'AMAZON ap-south-1': '3.6.0.0/15',
  'AMAZON ap-southeast-1': '18.138.0.0/15',
  'AMAZON ap-southeast-2': '52.65.0.0/16 52.95.36.0/22',
  'AMAZON cn-northwest-1': '69.234.192.0/18',
  'AMAZON eu-central-1': '18.194.0.0/15 52.46.184.0/22 52.119.188.0/22',
  'AMAZON eu-central-2': '70.232.120.0/22',
  'AMAZON eu-north-1': '52.46.220.0/22',
  'AMAZON eu-south-2': '18.100.0.0/15',
  'AMAZON eu-west-1': '34.248.0.0/13 108.128.0.0/13 176.34.128.0/17',
  'AMAZON eu-west-3': '52.46.64.0/20 52.46.80.0/21',
  'AMAZON GLOBAL': '15.177.0.0/18 63.246.114.0/23 204.246.174.0/23 205.251.249.0/24',
  'AMAZON sa-east-1': '52.67.0.0/16 54.233.64.0/18 52.94.148.0/22',
  'AMAZON us-east-1': '52.46.128.0/19 54.239.16.0/20 52.94.244.0/22 176.32.120.0/22',
  'AMAZON us-gov-east-1': '52.46.96.0/19',
  'AMAZON us-west-1': '52.52.0.0/15 52.94.72.0/22',
  'AMAZON us-west-2': '54.184.0.0/13 52.94.76.0/22',
  'CLOUDFRONT GLOBAL':
    '2600:9000:1000::/36 2600:9000:2000::/36 2600:9000:3000::/36 2600:9000:4000::/36 2600:9000:5300::/40 2600:9000:f000::/36',
  'DYNAMODB af-south-1': '52.94.30.0/24',
  'DYNAMODB ap-east-1': '52.119.248.0/24',
  'DYNAMODB ap-northeast-1': '52.94.8.0/24',
  'DYNAMODB ap-northeast-2': '52.94.6.0/24',
  'DYNAMODB ap-northeast-3': '52.94.19.0/24',
  'DYNAMODB ap-south-1': '52.94.20.0/24',
  'DYNAMODB ap-southeast-1': '52.94.11.0/24',
  'DYNAMODB ap-southeast-2': '52.94.13.0/24',
  'DYNAMODB ca-central-1': '52.94.14.0/24',
  'DYNAMODB cn-north-1': '54.222.57.0/24',
  'DYNAMODB cn-northwest-1': '52.82.187.0/24',
  'DYNAMODB eu-central-1': '52.94.17.0/24',
  'DYNAMODB eu-north-1': '52.94.23.0/24',
  'DYNAMODB eu-south-1': '52.94.18.0/24',
  'DYNAMODB eu-west-1': '52.94.5.0/24 52.94.24.0/23 52.94.26.0/23 52.119.240.0/21',
  'DYNAMODB eu-west-2': '52.94.15.0/24',
  'DYNAMODB eu-west-3': '52.94.16.0/24',
  'DYNAMODB me-south-1': '52.119.249.0/24',
  'DYNAMODB sa-east-1': '52.94.7.0/24',
  'DYNAMODB us-east-1': '52.94.0.0/22 3.218.180.0/22 52.119.224.0/21 52.119.232.0/21',
  'DYNAMODB us-east-2': '52.94.4.0/24',
  'DYNAMODB us-gov-east-1': '52.94.22.0/24',
  'DYNAMODB us-gov-west-1': '52.94.9.0/24',
  'DYNAMODB us-west-1': '52.94.12.0/24',
  'DYNAMODB us-west-2': '52.94.10.0/24 52.94.28.0/23 52.119.252.0/22',
  'EC2 af-south-1': '2406:da70:1000::/40',
  'EC2 ap-northeast-1': '54.248.0.0/15 54.250.0.0/16 2406:daff:4000::/40',
  'EC2 ap-northeast-2': '2406:da12::/36',
  'EC2 ap-northeast-3': '13.208.0.0/16 2406:da16::/36',
  'EC2 ap-south-1': '2406:da70:a000::/40 2406:daff:a000::/40',
  'EC2 ap-southeast-1': '122.248.192.0/18',
  'EC2 ap-southeast-2': '13.236.0.0/14 54.153.128.0/17 54.206.0.0/16',
  'EC2 ca-central-1': '2600:1f11::/36',
  'EC2 cn-north-1': '240f:8018::/36 2400:7fc0::/40',
  'EC2 cn-northwest-1': '52.83.0.0/16 2404:c2c0:2100::/40',
  'EC2 eu-central-1': '18.192.0.0/15 2a05:d07f:4000::/40',
  'EC2 eu-north-1': '2a05:d000:6000::/40',
  'EC2 eu-west-1':
    '18.200.0.0/16 46.51.192.0/20 54.74.0.0/15 54.229.0.0/16 54.247.0.0/16 63.32.0.0/14 2a05:d03a:8000::/40 2a05:d070:8000::/40',
  'EC2 eu-west-2': '2a05:d000:c000::/40 2a05:d03a:c000::/40',
  'EC2 eu-west-3': '13.36.0.0/14 35.180.0.0/16 52.47.0.0/16 2a05:d03a:2000::/40',
  'EC2 me-south-1': '15.185.0.0/16 2a05:d000:e000::/40',
  'EC2 sa-east-1': '2600:1f00:e000::/40 2600:1f70:e000::/40',
  'EC2 us-east-1':
    '18.232.0.0/14 50.16.0.0/15 52.4.0.0/14 54.156.0.0/14 54.236.0.0/15 107.20.0.0/14 2600:1f00:8000::/40',
  'EC2 us-east-2': '3.132.0.0/14 18.191.0.0/16 2600:1fff:6000::/40',
  'EC2 us-gov-east-1': '2600:1f70:5000::/40',
  'EC2 us-gov-west-1': '108.175.56.0/22 2600:1f70:2000::/40',
  'EC2 us-west-1': '2600:1ff0:c000::/40',
  'EC2 us-west-2': '18.236.0.0/15 54.148.0.0/15',
  'S3 ap-east-1': '3.5.236.0/22',
  'S3 ap-northeast-2': '52.219.144.0/22',
  'S3 ap-northeast-3': '52.95.181.0/24',
  'S3 ap-southeast-1': '3.5.148.0/22 52.219.132.0/22',
  'S3 ca-central-1': '52.95.145.0/24',
  'S3 cn-north-1': '54.222.48.0/22',
  'S3 cn-northwest-1': '52.82.164.0/22 52.82.188.0/22',
  'S3 eu-central-1': '3.5.134.0/23',
  'S3 eu-north-1': '52.95.170.0/23',
  'S3 eu-west-3': '3.5.224.0/22',
  'S3 GLOBAL': '13.248.226.0/24 13.248.233.0/24',
  'S3 sa-east-1': '3.5.232.0/22',
  'S3 us-east-2': '52.219.80.0/20',
  'S3 us-west-1': '52.219.112.0/21',
  'S3 us-west-2': '52.92.128.0/17',
};
