import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfPresent, writeWhole } from '../apply/atomic-file.ts';
import { type AgentRequest, done, json, refuse, tagged } from '../http-message.ts';
import { type AgentPaths, loadBalancerPaths } from '../paths.ts';
import type { Route } from '../router.ts';
import { md5 } from './load-balancer-config.ts';

const MODE = 0o600;
const PATH = '/1.0/loadbalancer/:loadBalancerId/certificates/:fileName';
/** One name, no folder. Octavia asks for two characters before its `pem`, too. */
const FILE_NAME = /^(?!\.)[0-9A-Za-z._-]+\.pem$/;

/** Certificates, keys, CAs, CRLs and crt-lists of a load balancer: the controller gives the names, we give nothing back. */
export function certificateRoutes(paths: AgentPaths): readonly Route[] {
  return [
    {
      method: 'PUT',
      path: PATH,
      isChange: true,
      async handle(request) {
        await writeWhole(fileOf(paths, request), request.body, MODE);
        return tagged(done(200), md5(request.body));
      },
    },
    {
      method: 'GET',
      path: PATH,
      isChange: false,
      async handle(request) {
        const content = await readIfPresent(fileOf(paths, request));
        if (content === null)
          throw refuse(
            404,
            'Certificate Not Found',
            `No certificate with filename: ${request.params['fileName']}`,
          );
        return tagged(json(200, { md5sum: md5(content) }), md5(content));
      },
    },
    {
      method: 'DELETE',
      path: PATH,
      isChange: true,
      async handle(request) {
        await rm(fileOf(paths, request), { force: true });
        return done(200);
      },
    },
  ];
}

function fileOf(paths: AgentPaths, { params }: AgentRequest): string {
  const name = params['fileName'] ?? '';
  if (!FILE_NAME.test(name)) throw refuse(400, 'Filename has wrong format');
  return join(loadBalancerPaths(paths, params['loadBalancerId'] ?? '').certificates, name);
}
