/**
 * Checks members from inside the namespace: reads a line for each, `INDEX KIND TIMEOUT ADDRESS PORT [HOST URL]`,
 * answers `INDEX up`, `INDEX down <why>`, or for HTTP `INDEX <status>`. One process for all of them, and no more than
 * 32 under way. A UDP member lives unless its host says that nobody listens; what is sent is what netcat sends.
 */
export const PROBE_SCRIPT = String.raw`
export LC_ALL=C
udp() {
  exec 3<>"/dev/udp/$1/$2" && printf X >&3 || return 1
  IFS= read -r -t 1 -N 1 -u 3 _
  local status=$?
  [ "$status" -gt 128 ] || [ "$status" = 0 ]
}
probe() {
  local index=$1 kind=$2 limit=$3 address=$4 port=$5 host=$6 url=$7 said
  case $kind in
    udp) said=$(udp "$address" "$port" 2>&1) && said=up || said="down $said" ;;
    tcp) said=$(timeout "$limit" bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$address" "$port" 2>&1) &&
      said=up || said="down $said" ;;
    sctp) said=$(amphora-health-checker sctp -t "$limit" "$address" "$port" 2>&1) &&
      said=up || said="down $said" ;;
    http) said=$(curl -gsS --noproxy '*' -o /dev/null -m "$limit" -w '%{http_code}' \
      -H "Host: $host" "$url" 2>/dev/null) || said="down no answer" ;;
  esac
  printf '%s %s\n' "$index" "$(printf %s "$said" | tr '\n' ' ' | cut -c1-200)"
}
count=0
while read -r -a words; do
  probe "${'$'}{words[@]}" &
  count=$((count + 1))
  [ $((count % 32)) = 0 ] && wait
done
wait
`;
