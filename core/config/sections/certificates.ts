import { choice, integer, list, optionalText, text } from '../option.ts';
import { section } from '../section.ts';

export const certificates = section(
  'certificates',
  {
    certGenerator: choice({
      name: 'cert_generator',
      of: ['local_cert_generator'],
      default: 'local_cert_generator',
      help: "who signs agents' certificates",
    }),
    certManager: choice({
      name: 'cert_manager',
      of: ['local_cert_manager', 'noop_cert_manager'],
      default: 'noop_cert_manager',
      help: "where tenants' certificates lie; local: sealed in the database; noop: nowhere",
    }),
    keyPassphrases: list({
      name: 'server_certs_key_passphrase',
      default: [],
      isSecret: true,
      help: "for local_cert_manager: seals tenants' keys, each 32 or more random characters; the first seals, all open",
    }),
    caCertificate: text({
      name: 'ca_certificate',
      default: '/etc/octavia/certs/server_ca.pem',
      help: "CA that signs agents' certificates",
    }),
    caPrivateKey: text({
      name: 'ca_private_key',
      default: '/etc/octavia/certs/server_ca.key',
      help: 'its key',
    }),
    caPrivateKeyPassphrase: optionalText({
      name: 'ca_private_key_passphrase',
      isSecret: true,
      help: 'passphrase of that key',
    }),
    signingDigest: choice({
      name: 'signing_digest',
      of: ['sha256', 'sha384', 'sha512'],
      default: 'sha256',
      help: 'digest of the signature',
    }),
    validitySeconds: integer({
      name: 'cert_validity_time',
      default: 2_592_000,
      min: 60,
      help: "life of an agent's certificate",
    }),
  },
  [
    'barbican_auth',
    'region_name',
    'endpoint_type',
    'endpoint',
    'ca_certificates_file',
    'service_name',
    'insecure',
    'storage_path',
  ],
);
