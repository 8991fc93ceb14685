import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLvsConfig } from './lvs-config.ts';
import type { LvsListener } from './lvs-listener.ts';
import { markedMembers } from './member-mark.ts';
import { renderTable } from './nft-table.ts';

const ID = '0d4aac59-fdaa-5438-acf1-34f2d0d8ab63';
const FOLDER = new URL('../../core/lvs/testdata/', import.meta.url);
const configs = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.conf'))
  .map((file) => [file, readFileSync(new URL(file, FOLDER), 'utf8')] as const);

function parsed(text: string): LvsListener {
  const result = parseLvsConfig(ID, text);
  if (result.kind === 'refused') throw new Error(result.reason);
  return result.listener;
}

function rulesOf(listener: LvsListener): string {
  const parts = listener.services.map((service) => ({
    service,
    members: markedMembers(ID, service.members),
    activeOf: () => 0,
  }));
  return renderTable(ID, parts);
}

describe("the original controller's configurations", () => {
  it.each(configs)('%s is read whole', (_, text) => {
    const members = parsed(text).services.flatMap((service) => service.members);
    const servers = [...text.matchAll(/real_server (\S+) (\d+) \{\s+weight (\d+)/g)];
    expect(members.map(({ address, port, weight }) => [address, port, weight])).toEqual(
      servers.map(([, address, port, weight]) => [address, Number(port), Number(weight)]),
    );
    const ids = [...text.matchAll(/Configuration for Member (\S+)/g)].map(([, id]) => id);
    expect(members.map(({ id }) => id)).toEqual(ids);
    const checkers = text.match(/_CHECK|HTTP_GET/g) ?? [];
    expect(members.filter(({ check }) => check !== null)).toHaveLength(checkers.length);
  });

  it('say of a listener whether it is switched on, and of a pool', () => {
    const enabled = configs.filter(([, text]) => parsed(text).isEnabled).map(([file]) => file);
    expect(configs.map(([file]) => file).filter((file) => !enabled.includes(file))).toEqual([
      'lvs-11-listener-disabled.conf',
    ]);
    const text = configs.find(([file]) => file === 'lvs-13-pool-disabled.conf')?.[1] ?? '';
    expect(parsed(text).services.map(({ poolId }) => poolId)).toEqual([null]);
  });

  it('expect any of the codes that are listed one a block', () => {
    const text = configs.find(([file]) => file === 'lvs-03-http-get.conf')?.[1] ?? '';
    expect(parsed(text).services[0]?.members[0]?.check).toMatchObject({
      kind: 'http',
      path: '/status',
      codes: [
        [200, 200],
        [201, 201],
        [202, 202],
      ],
    });
  });
});

describe('a configuration that is damaged, or meant to do damage', () => {
  const hostile = fc.constantFrom(
    '}',
    '{',
    ';',
    '"',
    '$(id)',
    '1.2.3.4;',
    '::1}',
    '0x7f',
    '-1',
    '\n',
  );
  const word = fc.oneof(fc.string(), hostile, fc.integer().map(String));

  it('is refused, or becomes rules of no other form', () => {
    const form = rulesForm();
    fc.assert(
      fc.property(fc.constantFrom(...configs), fc.nat(), word, ([, text], position, inserted) => {
        const words = text.split(/(?<=\s)/);
        const at = position % words.length;
        for (const replaced of [0, 1]) {
          const damaged = words.toSpliced(at, replaced, `${inserted} `).join('');
          const result = parseLvsConfig(ID, damaged);
          if (result.kind === 'listener')
            for (const line of rulesOf(result.listener).split('\n')) expect(line).toMatch(form);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is refused with the words for it', () => {
    const [, text = ''] = configs[0] ?? [];
    for (const [from, to, words] of [
      [
        '203.0.113.10 53',
        '203.0.113.10 99999',
        /"203.0.113.10 99999" must be an IP address and a port/,
      ],
      ['lb_algo wrr', 'lb_algo dh', /lb_algo dh: it must be/],
      ['protocol UDP', 'protocol TCP', /protocol TCP: it must be UDP or SCTP/],
      ['weight 1', 'weight 70000', /weight 70000/],
      ['    # Configuration for Member', '    # Member', /no comment before it/],
      ['198.51.100.12 53', '2001:db8::1 53', /both IP versions/],
    ] as const)
      expect(parseLvsConfig(ID, text.replace(from, to))).toMatchObject({
        kind: 'refused',
        reason: expect.stringMatching(words),
      });
  });
});

/** Addresses, numbers and names of ours between the words of nft; a `;` only where a set or a chain is defined. */
function rulesForm(): RegExp {
  const signs = String.raw`[\w .:,{}@&<>-]`;
  const table = `(?:flush|add) table inet octavia-lvs-${ID}`;
  const named = `add (?:counter|chain|map|set) inet octavia-lvs-${ID} [\\w-]+(?: \\{ [\\w ;:,-]+ \\})?`;
  return new RegExp(`^(?:|${table}|${named}|add rule inet octavia-lvs-${ID} \\w+ ${signs}+)$`);
}
