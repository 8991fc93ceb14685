import { flag } from '../option.ts';
import { section } from '../section.ts';

export const healthcheck = section(
  'healthcheck',
  {
    isDetailed: flag({
      name: 'detailed',
      default: false,
      help: 'what /healthcheck answers also tells of the process; not for the eyes of tenants',
    }),
  },
  [
    'path',
    'backends',
    'disable_by_file_path',
    'disable_by_file_paths',
    'enable_by_file_paths',
    'allowed_source_ranges',
    'ignore_proxied_requests',
  ],
);
