import type { CloudState } from './state-file.ts';

/** What people see when the cloud is up: where it listens, and commands to paste. */
export function greeting(state: CloudState, dataDir: string): string {
  const subnet = state.networks[0];
  const subnetId = subnet?.subnetId ?? '00000000-0000-4000-8000-000000000001';
  const telemetry = Object.entries(state.telemetryUrls).map(
    ([name, url]) => `  ${name.padEnd(14)} ${url}/metrics  /healthz  /readyz`,
  );
  const body = JSON.stringify({ loadbalancer: { name: 'lb1', vip_subnet_id: subnetId } });
  const certificateConf = dataDir.endsWith('/.data')
    ? ''
    : ` --config-file ${dataDir}/octavia.conf`;
  const demo =
    state.drivers === 'local'
      ? [
          '  # the whole story: traffic, a dying member, a dying amphora',
          `  npm run demo${dataDir.endsWith('/.data') ? '' : ` -- --data-dir ${dataDir}`}`,
        ]
      : [
          '  # noop drivers make no traffic; the demo starts a cloud of its own, as root',
          '  npm run demo',
        ];
  const policies = state.qosPolicies
    .map(({ name, id }) => `  QoS policy     ${name}, ${id}\n`)
    .join('');
  return `
The cloud is up. Ctrl-C stops it.

  API            ${state.apiUrl}
${telemetry.join('\n')}
  logs           ${dataDir}/logs
${subnet ? `  tenant network ${subnet.name}, ${subnet.cidr}, subnet ${subnet.subnetId}\n` : ''}${subnet?.ipv6 ? `                 ${subnet.ipv6.cidr}, subnet ${subnet.ipv6.subnetId}\n` : ''}${policies}
  # a load balancer
  curl -s ${state.apiUrl}/v2.0/lbaas/loadbalancers -H 'content-type: application/json' -d '${body}'

  # the same (apt-get install python3-openstackclient python3-octaviaclient)
  openstack --os-auth-type none --os-endpoint ${state.apiUrl} loadbalancer create --name lb2 --vip-subnet-id ${subnetId}

  # a certificate; prints what a TERMINATED_HTTPS listener takes as default_tls_container_ref
  npm run -s certificate -- add --certificate www.pem --key www.key${certificateConf}

${demo.join('\n')}
`;
}
