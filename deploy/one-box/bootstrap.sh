#!/bin/sh
# Makes a fresh Debian 12 able to run one TypeScript entry of this repository, and runs it:
#   sh deploy/one-box/bootstrap.sh <entry.ts> [argument ...]
# Installs only what is missing; a machine that has everything loses a tenth of a second here.
set -eu
cd "$(dirname "$0")/../.."
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
export PATH
NODE_MAJOR_MIN=24
ENTRY=${1:?usage: bootstrap.sh <entry.ts> [argument ...]}
POLICY=/usr/sbin/policy-rc.d

say() { printf '== %s\n' "$*"; }
die() {
  printf '%s\n' "$*" >&2
  exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

wants_noop() {
  case " $* " in *' --drivers noop '* | *' --drivers=noop '*) return 0 ;; esac
  return 1
}

# One "<package> <how to see that it is there>" a line.
wanted() {
  cat <<'LIST'
postgresql ls /usr/lib/postgresql/*/bin/postgres
redis-server command -v redis-server
util-linux command -v setpriv
procps command -v sysctl
LIST
  wants_noop "$@" || cat <<'LIST'
haproxy command -v haproxy
keepalived command -v keepalived
perl-base command -v perl
iproute2 command -v ip
nftables command -v nft
e2fsprogs command -v mkfs.ext4
mount command -v mount
conntrack command -v conntrack
iputils-arping command -v arping
iputils-ping command -v ping
curl command -v curl
LIST
  case $ENTRY in tests/*) cat <<'LIST' ;; esac
openssl command -v openssl
python3-openstackclient command -v openstack
python3-octaviaclient ls /usr/lib/python3/dist-packages/octaviaclient
python3-octavia-lib ls /usr/lib/python3/dist-packages/octavia_lib
LIST
}

missing_packages() {
  wanted "$@" | while read -r package look; do
    eval "$look" >/dev/null 2>&1 || printf '%s ' "$package"
  done
}

# Debian starts a package's service as it installs it. Ours are private, so theirs must not take the ports.
forbid_services() {
  [ ! -e "$POLICY" ] || mv "$POLICY" "$POLICY.octavia-saved"
  trap 'allow_services' EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\nexit 101\n' >"$POLICY"
  chmod 755 "$POLICY"
}

allow_services() {
  rm -f "$POLICY"
  [ ! -e "$POLICY.octavia-saved" ] || mv "$POLICY.octavia-saved" "$POLICY"
  trap - EXIT INT TERM HUP
}

apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}

# Only services that came just now: what ran on this machine before stays as it was. Not started at boot either.
disable_new_services() {
  has systemctl || return 0
  for package in "$@"; do
    case $package in haproxy | keepalived | postgresql | redis-server | nftables)
      systemctl disable "$package" >/dev/null 2>&1 || true
      ;;
    esac
  done
}

install_packages() {
  say "installing Debian packages: $*"
  forbid_services
  if ! apt-cache show "$@" >/dev/null 2>&1; then
    say 'refreshing the package lists'
    apt-get update -q || die 'apt-get update failed; check the network and /etc/apt/sources.list, then run this again'
  fi
  # Lists that are old name files that are gone: refresh them once, then it must work.
  apt_install "$@" || { apt-get update -q && apt_install "$@"; } ||
    die "could not install $*; install them by hand, then run this again"
  disable_new_services "$@"
  allow_services
}

need_packages() {
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  # shellcheck disable=SC2086 # one word a package
  if [ "$(id -u)" != 0 ]; then
    die "missing: ${missing% }; install them with: sudo apt-get install -y ${missing% }"
  elif ! has apt-get; then
    die "missing: ${missing% }; this machine has no apt-get, install them with its own package manager"
  else
    install_packages $missing
  fi
}

need_root() {
  [ "$(id -u)" = 0 ] || wants_noop "$@" || case $ENTRY in tests/*) ;; *)
    die 'no root, and network namespaces need it: run it as root (sudo npm start), or without traffic: npm start -- --drivers noop'
    ;;
  esac
}

# Whether node_modules holds what package-lock.json asks for. The times of the two files say so in most runs.
are_modules_current() {
  [ -f node_modules/.package-lock.json ] || return 1
  [ -n "$(find package-lock.json -newer node_modules/.package-lock.json)" ] || return 0
  node -e '
    const read = (file) => JSON.parse(require("node:fs").readFileSync(file, "utf8")).packages;
    const has = read("node_modules/.package-lock.json");
    const isCurrent = ([path, { version, optional }]) => path === "" || optional || has[path]?.version === version;
    process.exit(Object.entries(read("package-lock.json")).every(isCurrent) ? 0 : 1);
  ' || return 1
  touch node_modules/.package-lock.json
}

need_modules() {
  has npm || die 'npm is missing; install it with: apt-get install -y npm'
  are_modules_current && return 0
  say 'installing npm packages (npm ci)'
  npm ci --no-progress --loglevel=error || die 'npm ci failed; check the network, then run this again'
}

major_of() { "$1" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0; }

# Node of the optional dependency node-linux-*, unless the machine's own is new enough.
find_node() {
  for candidate in node_modules/.bin/node node; do
    if has "$candidate" && [ "$(major_of "$candidate")" -ge "$NODE_MAJOR_MIN" ]; then
      command -v "$candidate"
      return 0
    fi
  done
  die "Node $NODE_MAJOR_MIN or newer is needed and npm has none for this machine ($(uname -m)): install it from nodejs.org"
}

need_root "$@"
need_packages "$@"
need_modules
NODE=$(find_node)
exec "$NODE" "$@"
