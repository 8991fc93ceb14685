import { describe, expect, test } from 'vitest';
import { DriverFailure } from '../domain/errors.ts';
import { peerName } from './peer-name.ts';
import { renderHaproxy } from './render.ts';
import { goldenCaseNames, readGoldenCase } from './testing/golden-case.ts';
import { goldenCertificateFiles } from './testing/golden-certificates.ts';
import { normalised as linesOf } from './testing/normalised.ts';

const files = goldenCertificateFiles();

/** Ours alone: without the first HAProxy does not start where it may not raise its limit of open files. */
const ADDED = ['no strict-limits', 'option idle-close-on-response'];

/** What these cases record is a defect of the original; what we do instead stands in tests of its own below. */
const DEFECTS = ['05', '07', '16', '29', '38', '39', '50', '51', '52', '54', '55'];

/** Peculiarities of the original that are kept, for what the tenants of existing clouds see. */
const KEPT: Readonly<Record<string, string>> = {
  '04': ': a timeout of 0 is the default of the deployment',
  '09': ': where a PING monitor looks is up to the script in the amphora',
  '34': ': a PROMETHEUS listener neither redirects nor has HSTS',
  '40': ': the conditions of a policy stay when its pool is going',
  '42': ': a connection limit of 0 is the default of the deployment',
};

describe('what the original writes is what we write', () => {
  const faithful = goldenCaseNames().filter((name) => !DEFECTS.includes(name.slice(0, 2)));

  test.each(faithful.map((name) => [`${name}${KEPT[name.slice(0, 2)] ?? ''}`, name]))(
    '%s',
    (_, name = '') => {
      const { tree, context, config } = readGoldenCase(name, files);
      expect(normalised(renderHaproxy(tree, context))).toEqual(normalised(config));
    },
  );

  test('an amphora has the name that its HAProxy is started with', () => {
    const cases = goldenCaseNames().map((name) => readGoldenCase(name));
    expect(cases.map(({ hostAmphoraId }) => peerName(hostAmphoraId))).toEqual(
      cases.map(({ localPeerName }) => localPeerName),
    );
  });
});

describe('where the original is wrong, we write what was meant', () => {
  test('05: a TLS-HELLO monitor shakes hands, where a plain connection would find a dead server alive', () => {
    const lines = onlyOurs('05-https-passthrough-tls-hello');
    expect(lines).toHaveLength(2);
    for (const line of lines)
      expect(line).toContain(' check check-ssl verify none inter 5s fall 3 rise 3');
  });

  test('07: the path of a monitor keeps its ampersand', () => {
    expect(onlyOurs('07-hm-http-1.1-domain')).toEqual([
      'option httpchk GET /index.html?a=1&b=2 HTTP/1.1',
    ]);
  });

  test('16: a listener with SNI certificates alone ends TLS', () => {
    const { tree, context } = readGoldenCase('16-tls-sni-only', files);
    const list = `/var/lib/octavia/certs/${tree.id}/${tree.listeners[0]?.id}.pem`;
    expect(onlyOurs('16-tls-sni-only')).toEqual([
      expect.stringContaining(`bind 203.0.113.10:443 ssl crt-list ${list} ciphers `),
    ]);
    expect(renderHaproxy(tree, context)).toContain('redirect scheme https');
  });

  test.each(['29-pool-tls-ca-no-crl', '55-pool-tls-ca-https-monitor'])(
    '%s: members are verified against the CA, whatever the monitor says',
    (name) => {
      const { tree } = readGoldenCase(name);
      const lines = onlyOurs(name);
      expect(lines).toHaveLength(tree.pools[0]?.members.length ?? 0);
      for (const line of lines)
        expect(line).toMatch(/ ssl ca-file \S+ verify required sni ssl_fc_sni$/);
    },
  );

  test('38: quotes and ampersands reach HAProxy as they are', () => {
    expect(onlyOurs('38-l7-escaping').map((line) => line.replace(/[0-9a-f-]{36}/g, 'ID'))).toEqual([
      'acl ID path -m reg a&b',
      'acl ID path -m reg <tag>',
      String.raw`acl ID path -m reg quo\"te`,
      String.raw`acl ID path -m reg apos\'trophe`,
      'redirect code 302 location https://www.example.test/?a=1&b=%20c if ID',
      String.raw`acl ID req.hdr(X-Q) -m str \"quoted\ value\"`,
      'redirect code 303 prefix https://www.example.test/?x=1&y= if ID',
    ]);
  });

  test('39: "#" is part of a value and of a target, and the condition stays', () => {
    expect(
      onlyOurs('39-l7-hash-truncation').map((line) => line.replace(/[0-9a-f-]{36}/g, 'ID')),
    ).toEqual([
      String.raw`acl ID path -m str /a\#b`,
      String.raw`redirect code 302 location https://www.example.test/\#top if ID`,
    ]);
  });

  test('50: stored ciphers that cannot be written give way to the configured ones', () => {
    const { tree, context, config } = readGoldenCase('50-hardening-ciphers', files);
    const ciphers = / ciphers (\S+)/.exec(config)?.[1] ?? '';
    const options = {
      ...context.options,
      defaultListenerCiphers: ciphers,
      defaultPoolCiphers: ciphers,
    };
    const ours = renderHaproxy(tree, { ...context, options });
    expect(normalised(ours)).toEqual(normalised(config));
  });

  test('50: without configured ones the listener is refused by name', () => {
    const { tree } = readGoldenCase('50-hardening-ciphers', files);
    expect(refusalOf('50-hardening-ciphers')).toContain(
      `listener ${tree.listeners[0]?.id}: tls_ciphers`,
    );
  });

  test('51: a redirect target with blanks or line breaks is refused, not sent to /None', () => {
    expect(refusalOf('51-hardening-redirect')).toMatch(/L7 policy \S+: redirect target/);
  });

  test('52: a rule with a line break is refused, neither injected nor dropped', () => {
    expect(refusalOf('52-hardening-l7rule-value')).toMatch(
      /L7 rule \S+: value holds a control character/,
    );
  });

  test('54: the IPv6 address of a monitor stands in brackets', () => {
    const lines = onlyOurs('54-monitor-address-ipv6');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain(' addr [2001:db8:20::200] port 9000');
    expect(lines[1]).toMatch(/ addr \[2001:db8:20::201\]$/);
  });
});

describe('the name that a member is asked for in TLS', () => {
  test('is the host of the request where clients speak plain HTTP, else that of their own hello', () => {
    const { tree, context } = readGoldenCase('53-kitchen-sink', files);
    const config = renderHaproxy(tree, context);
    const byProtocol = tree.listeners.map(({ id, protocol }) => {
      const backends = config
        .split('\nbackend ')
        .filter((text) => text.split('\n')[0]?.includes(`:${id}`));
      return [protocol, new Set(backends.flatMap((text) => text.match(/(?<= sni )\S+/g) ?? []))];
    });
    expect(Object.fromEntries(byProtocol)).toMatchObject({
      HTTP: new Set(['req.hdr(host),host_only']),
      TERMINATED_HTTPS: new Set(['ssl_fc_sni']),
    });
  });
});

describe('the cache of TLS sessions', () => {
  test('does not grow with the machine without end, since every reload fills it in', () => {
    const { tree, context } = readGoldenCase('44-ssl-cache', files);
    const memory = { freeKib: 64 * 1024 * 1024, buffersKib: 0, cachedKib: 0 };
    const machine = { ...context.machine, memory };
    expect(renderHaproxy(tree, { ...context, machine })).toContain('tune.ssl.cachesize 1000000\n');
  });
});

/** Lines that we write and the original does not. */
function onlyOurs(name: string): readonly string[] {
  const { tree, context, config } = readGoldenCase(name, files);
  const theirs = new Set(normalised(config));
  const ours = normalised(renderHaproxy(tree, context));
  expect(ours).toHaveLength(normalised(config).length);
  return ours.filter((line) => !theirs.has(line));
}

function refusalOf(name: string): string {
  const { tree, context } = readGoldenCase(name, files);
  try {
    renderHaproxy(tree, context);
  } catch (error) {
    expect(error).toBeInstanceOf(DriverFailure);
    expect(error).toMatchObject({ isRetryable: false });
    return String(error);
  }
  throw new Error(`${name} was rendered`);
}

/** Ours: members behind plain HTTP listeners are told which name is asked for; there is a test of its own for it. */
const HOST_AS_SERVER_NAME = / sni req\.hdr\(host\),host_only(?= |$)/;

function normalised(config: string): readonly string[] {
  return linesOf(config)
    .filter((line) => !ADDED.includes(line))
    .map((line) => line.replace(HOST_AS_SERVER_NAME, ' sni ssl_fc_sni'));
}
