import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One certificate serves as listeners' own and as the authority of an empty revocation list. */
export function makeAuthority(): { readonly pem: string; readonly crl: string } {
  const cwd = mkdtempSync(join(tmpdir(), 'octavia-contract-'));
  const openssl = (...parameters: string[]) =>
    execFileSync('openssl', parameters, { cwd, stdio: 'pipe' });
  try {
    const key = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-keyout', 'key'];
    openssl(
      'req',
      '-x509',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=own',
      '-newkey',
      ...key,
      '-out',
      'pem',
    );
    execFileSync(
      'sh',
      ['-c', 'touch index; printf "[ca]\\ndefault_ca=o\\n[o]\\ndatabase=index\\n" > conf'],
      { cwd },
    );
    const signer = ['-config', 'conf', '-cert', 'pem', '-keyfile', 'key', '-md', 'sha256'];
    openssl('ca', '-gencrl', '-crldays', '2', ...signer, '-out', 'crl');
    return {
      pem: readFileSync(join(cwd, 'pem'), 'utf8'),
      crl: readFileSync(join(cwd, 'crl'), 'utf8'),
    };
  } finally {
    rmSync(cwd, { recursive: true });
  }
}
