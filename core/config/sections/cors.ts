import { flag, integer, list } from '../option.ts';
import { section } from '../section.ts';

/** Which web pages browsers let use the API. */
export const cors = section('cors', {
  allowedOrigins: list({
    name: 'allowed_origin',
    default: [],
    help: 'origins like https://dashboard.example.org; *: any, without credentials; none: no page may',
  }),
  allowCredentials: flag({
    name: 'allow_credentials',
    default: true,
    help: 'pages may send credentials',
  }),
  exposeHeaders: list({
    name: 'expose_headers',
    default: ['X-Auth-Token', 'X-Openstack-Request-Id'],
    help: 'headers of answers that pages may read',
  }),
  maxAgeSeconds: integer({
    name: 'max_age',
    default: 3600,
    min: 0,
    help: 'seconds for which a browser remembers all this',
  }),
  allowMethods: list({
    name: 'allow_methods',
    default: ['GET', 'PUT', 'POST', 'DELETE'],
    help: 'methods that pages may use',
  }),
  allowHeaders: list({
    name: 'allow_headers',
    default: ['X-Auth-Token', 'X-Openstack-Request-Id'],
    help: 'headers that pages may send, besides the simple ones',
  }),
});
