import { AntiAffinity } from '../../domain/machine-spec.ts';
import { choice, flag, optionalText } from '../option.ts';
import { section } from '../section.ts';

/** Amphorae on different hosts are asked of any compute driver, whatever the section is called. */
export const nova = section(
  'nova',
  {
    isAntiAffinityEnabled: flag({
      name: 'enable_anti_affinity',
      default: false,
      help: 'keep the two amphorae of an ACTIVE_STANDBY load balancer on different hosts',
    }),
    zone: optionalText({
      name: 'availability_zone',
      help: 'zone of machines where the availability zone of the load balancer has no compute_zone',
    }),
    antiAffinityPolicy: choice({
      name: 'anti_affinity_policy',
      of: [AntiAffinity.Hard, AntiAffinity.Soft],
      default: AntiAffinity.Hard,
      help: 'anti-affinity: rather no amphora than two on one host; soft-anti-affinity: if there is room',
    }),
  },
  [
    'service_name',
    'endpoint',
    'region_name',
    'endpoint_type',
    'ca_certificates_file',
    'insecure',
    'random_amphora_name_length',
  ],
);
