import { integer, optionalText } from '../option.ts';
import { section } from '../section.ts';

/** Boot volumes are asked of any volume driver, whatever the section is called. */
export const cinder = section(
  'cinder',
  {
    volumeSizeGib: integer({
      name: 'volume_size',
      default: 16,
      min: 1,
      max: 65_536,
      help: 'GiB of the volume that a machine boots from',
    }),
    volumeType: optionalText({
      name: 'volume_type',
      help: "type of those volumes; without one the volume service's default",
    }),
    zone: optionalText({
      name: 'availability_zone',
      help: 'zone of volumes where the availability zone of the load balancer has no volume_zone',
    }),
    createIntervalSeconds: integer({
      name: 'volume_create_retry_interval',
      default: 5,
      min: 1,
      max: 3600,
      help: 'seconds between looks at a volume that is being made',
    }),
    createTimeoutSeconds: integer({
      name: 'volume_create_timeout',
      default: 300,
      min: 1,
      max: 3600,
      help: 'seconds after which a volume that is not made yet is deleted, and made anew',
    }),
    createAttemptsMax: integer({
      name: 'volume_create_max_retries',
      default: 5,
      min: 1,
      max: 100,
      help: 'volumes that are made for a machine before its build is given up',
    }),
  },
  ['service_name', 'endpoint', 'region_name', 'endpoint_type', 'ca_certificates_file', 'insecure'],
);
