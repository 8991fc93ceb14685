import { flag, integer } from '../option.ts';
import { section } from '../section.ts';

export const osloMiddleware = section(
  'oslo_middleware',
  {
    requestBodySizeMax: integer({
      name: 'max_request_body_size',
      default: 114_688,
      min: 1024,
      help: 'bytes of a request; a larger one is answered with 413',
    }),
    enableProxyHeadersParsing: flag({
      name: 'enable_proxy_headers_parsing',
      default: false,
      help: 'links are made of what Forwarded and X-Forwarded-* say; only behind a proxy that sets them itself',
    }),
  },
  ['secure_proxy_ssl_header'],
);
