import type { CheckPace, Endpoint, MemberCheck } from './lvs-listener.ts';
import { NotLvs, type Statement } from './lvs-text.ts';
import { endpointOf, valueOf, wholeOf } from './lvs-value.ts';

const SECONDS_MAX = 86_400;
const TIMEOUT_SECONDS = 5;
const FALL_MAX = 100;

/** How often, and how patiently, the members of a virtual server are checked. */
export function paceOf(statements: readonly Statement[]): CheckPace {
  return {
    delaySeconds: Math.max(1, wholeOf(statements, 'delay_loop', 60, SECONDS_MAX)),
    fall: Math.max(1, wholeOf(statements, 'retry', 1, FALL_MAX)),
  };
}

/**
 * The checker of one member; null when it has none.
 * @throws NotLvs for one that Octavia does not write: better no listener than one that is checked otherwise than asked
 */
export function checkOf(statements: readonly Statement[], member: Endpoint): MemberCheck | null {
  const block = statements.find(({ words }) => /^[A-Z]+_[A-Z]+$/.test(words[0] ?? ''));
  if (block === undefined) return null;
  const { inside } = block;
  switch (block.words[0]) {
    case 'MISC_CHECK':
      return scriptCheck(inside);
    case 'TCP_CHECK':
      return { kind: 'tcp', ...connectionOf(inside, member) };
    case 'HTTP_GET':
      return httpCheck(inside, member);
    default:
      throw new NotLvs(
        `${block.words[0]}: members are checked by MISC_CHECK, TCP_CHECK or HTTP_GET`,
      );
  }
}

/** The two programs of an amphora, whose work is done here; no other is run. */
function scriptCheck(inside: readonly Statement[]): MemberCheck {
  const command = valueOf(inside, 'misc_path') ?? '';
  const timeoutSeconds = wholeOf(inside, 'misc_timeout', TIMEOUT_SECONDS, SECONDS_MAX);
  const udp = /^\S*\/udp_check\.sh (\S+) (\S+)$/.exec(command);
  if (udp) return { kind: 'udp', ...endpointOf(udp[1], udp[2]), timeoutSeconds };
  const sctp = /^(?:\S*\/)?amphora-health-checker sctp (?:-t \d+ )?(\S+) (\S+)$/.exec(command);
  if (sctp) return { kind: 'sctp', ...endpointOf(sctp[1], sctp[2]), timeoutSeconds };
  throw new NotLvs(`misc_path "${command}": it must be udp_check.sh or amphora-health-checker`);
}

/** The original lists one expected code an url block; keepalived takes several in one, too. */
function httpCheck(inside: readonly Statement[], member: Endpoint): MemberCheck {
  const urls = inside.filter(({ words }) => words[0] === 'url').map((url) => url.inside);
  const path = valueOf(urls[0] ?? [], 'path') ?? '/';
  const host = valueOf(urls[0] ?? [], 'virtualhost') ?? null;
  if (!/^\/[!-~]*$/.test(path)) throw new NotLvs(`path ${path}: it must be the path of a URL`);
  if (host !== null && !/^[\w.-]+$/.test(host))
    throw new NotLvs(`virtualhost ${host}: it must be the name of a host`);
  const codes = urls.flatMap((url) =>
    url.filter(({ words }) => words[0] === 'status_code').flatMap(({ words }) => words.slice(1)),
  );
  return {
    kind: 'http',
    ...connectionOf(inside, member),
    path,
    host,
    codes: codes.length === 0 ? [[200, 299]] : codes.map(rangeOf),
  };
}

function rangeOf(text: string): readonly [number, number] {
  const [from, to = from] = /^(\d{3})(?:-(\d{3}))?$/.exec(text)?.slice(1) ?? [];
  if (from === undefined) throw new NotLvs(`status_code ${text}: it must be a code or a range`);
  return [Number(from), Number(to)];
}

function connectionOf(
  inside: readonly Statement[],
  member: Endpoint,
): Endpoint & { readonly timeoutSeconds: number } {
  const address = valueOf(inside, 'connect_ip') ?? member.address;
  const port = valueOf(inside, 'connect_port') ?? `${member.port}`;
  const timeoutSeconds = wholeOf(inside, 'connect_timeout', TIMEOUT_SECONDS, SECONDS_MAX);
  return { ...endpointOf(address, port), timeoutSeconds };
}
