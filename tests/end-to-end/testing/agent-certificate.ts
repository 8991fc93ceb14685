import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';

const AGENT_PORT = 9443;
const TIMEOUT_MS = 10_000;

/**
 * The serial number of the certificate that an amphora's agent shows to the controllers of this cloud, who trust it.
 * @throws Error when the handshake fails, in OpenSSL's words
 */
export async function agentCertificateSerial(
  dataDir: string,
  { id, lb_network_ip }: { readonly id: string; readonly lb_network_ip: string | null },
): Promise<string> {
  const certs = (file: string): Buffer => readFileSync(join(dataDir, 'certs', file));
  const controller = certs('client.pem');
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: lb_network_ip ?? '',
      port: AGENT_PORT,
      servername: id,
      ca: certs('server_ca.pem'),
      cert: controller,
      key: controller,
      timeout: TIMEOUT_MS,
    });
    socket.once('secureConnect', () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.once('timeout', () => socket.destroy(new Error(`amphora ${id} does not answer`)));
    socket.once('error', reject);
  });
}
