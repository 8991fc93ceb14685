import { join } from 'node:path';

/** keepalived's `track_script`: runs every check; what they answer is added up. */
export function renderCheckScript(checkScriptsFolder: string): string {
  return `#!/bin/bash
status=0
for script in ${join(checkScriptsFolder, '*')}; do
  [ -f "$script" ] || continue
  bash "$script"
  status=$((status + $?))
done
exit "$status"
`;
}

export interface HaproxyCheckGiven {
  readonly program: string;
  readonly statsSockets: readonly string[];
  /** How often the program looks before it ends. */
  readonly rounds: number;
  readonly hasLvsListeners: boolean;
}

/**
 * Whether HAProxy serves all its load balancers. A check under way passes when its file is taken away: then HAProxy went
 * by intent, and what is left is served without it.
 * @returns null when there is nothing to check: only LVS listeners are left
 */
export function renderHaproxyCheck(given: HaproxyCheckGiven): string | null {
  const { program, statsSockets, rounds, hasLvsListeners } = given;
  if (statsSockets.length > 0)
    return `#!/bin/bash\n${program} --rounds=${rounds} ${statsSockets.join(' ')} || [ ! -e "$0" ]\n`;
  return hasLvsListeners ? null : '#!/bin/bash\nexit 1\n';
}

/** Whether the keepalived of every LVS listener lives: the number in its pid file is that of a process named after it. */
export function renderLvsCheck(lvsFolder: string): string {
  return `#!/bin/bash
status=0
for file in ${join(lvsFolder, '*.pid')}; do
  name=$(basename "$file" .pid)
  case "$name" in *.*) continue ;; esac
  [ -f "$file" ] || continue
  read -r pid <"$file"
  grep -qzxF -- "$file" "/proc/$pid/cmdline" 2>/dev/null || status=$((status + 1))
done
exit "$status"
`;
}

/** A UDP member lives unless its host says that nobody listens. */
export const UDP_CHECK = `#!/bin/bash
if [ $# -ne 2 ]; then
  echo "usage: $0 ADDRESS PORT" >&2
  exit 1
fi
if nc -h 2>&1 | grep -q nmap; then
  exec nc -uzv -i1 "$1" "$2"
fi
exec nc -uzv -w1 "$1" "$2"
`;
