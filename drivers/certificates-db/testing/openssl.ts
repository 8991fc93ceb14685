import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder in which openssl makes what tenants bring: authorities, chains, bundles, revocation lists. */
export interface OpensslFolder {
  readonly file: (name: string) => string;
  readonly read: (name: string) => string;
  readonly write: (name: string, text: string) => string;
  readonly run: (...parameters: string[]) => void;
  /** `<name>.pem` and `<name>.key`; self-signed, or signed by another of the folder. */
  issue(name: string, options?: IssueOptions): void;
  /** Revokes certificates of an authority and writes its list to `<authority>.crl`. */
  revoke(authority: string, names: readonly string[]): void;
  remove(): void;
}

export interface IssueOptions {
  readonly signer?: string;
  readonly isAuthority?: boolean;
  readonly isRsa?: boolean;
  readonly dnsName?: string;
}

export function opensslFolder(): OpensslFolder {
  const folder = mkdtempSync(join(tmpdir(), 'octavia-openssl-'));
  const file = (name: string): string => join(folder, name);
  const run = (...parameters: string[]): void => {
    execFileSync('openssl', parameters, { cwd: folder, stdio: 'pipe' });
  };
  const write = (name: string, text: string): string => {
    writeFileSync(file(name), text);
    return file(name);
  };
  return {
    file,
    run,
    write,
    read: (name) => readFileSync(file(name), 'utf8'),
    issue(name, { signer, isAuthority = false, isRsa = false, dnsName } = {}) {
      const key = isRsa ? ['rsa:2048'] : ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
      const self = ['req', '-x509', '-nodes', '-days', '2', '-newkey', ...key];
      const names = ['-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.pem`];
      const kind = ['-addext', `basicConstraints=critical,CA:${isAuthority ? 'TRUE' : 'FALSE'}`];
      const dns = dnsName === undefined ? [] : ['-addext', `subjectAltName=DNS:${dnsName}`];
      const by = signer === undefined ? [] : ['-CA', `${signer}.pem`, '-CAkey', `${signer}.key`];
      run(...self, ...names, ...kind, ...dns, ...by);
    },
    revoke(authority, names) {
      write('index', '');
      write('ca.conf', '[ca]\ndefault_ca=own\n[own]\ndatabase=index\ndefault_md=sha256\n');
      const own = [
        '-config',
        'ca.conf',
        '-cert',
        `${authority}.pem`,
        '-keyfile',
        `${authority}.key`,
      ];
      for (const name of names) run('ca', ...own, '-revoke', `${name}.pem`);
      run('ca', '-gencrl', '-crldays', '2', ...own, '-out', `${authority}.crl`);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
