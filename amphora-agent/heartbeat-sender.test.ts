import { expect, it } from 'vitest';
import { parseControllers } from './heartbeat-sender.ts';

it('reads host and port of IPv4, IPv6 and names', () => {
  expect(parseControllers(['192.0.2.10:5555', '[2001:db8::10]:5556', 'manager.example:1'])).toEqual(
    [
      { host: '192.0.2.10', port: 5555 },
      { host: '2001:db8::10', port: 5556 },
      { host: 'manager.example', port: 1 },
    ],
  );
});

it.each(['nonsense', ':5555', '192.0.2.1:', '192.0.2.1:0', '192.0.2.1:65536', '192.0.2.1:x'])(
  'reads nothing from %s on, as Octavia’s agent does',
  (bad) => {
    const good = { host: '192.0.2.1', port: 1 };
    expect(parseControllers(['192.0.2.1:1', bad, '192.0.2.2:2'])).toEqual([good]);
  },
);
