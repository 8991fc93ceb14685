import { type HaproxyOptions, type HaproxyPaths, IMAGE_PATHS } from '../context.ts';

/** `group.option` → value; what is not there is at its default. */
export type GoldenOptions = Readonly<Record<string, string | number | boolean>>;

export const DEFAULT_OPTIONS: HaproxyOptions = {
  isConnectionLogged: true,
  userLogFormat:
    '{{ project_id }} {{ lb_id }} %f %ci %cp %t %{+Q}r %ST %B %U %[ssl_c_verify] %{+Q}[ssl_c_s_dn] %b %s %Tt %tsc',
  userLogFacility: 0,
  administrativeLogFacility: 1,
  stickSize: '10k',
  defaultConnectionLimit: 50_000,
  timeoutClientDataMs: 50_000,
  timeoutMemberConnectMs: 5000,
  timeoutMemberDataMs: 50_000,
  timeoutTcpInspectMs: 0,
  defaultListenerCiphers: null,
  defaultPoolCiphers: null,
};

const NAMES: Readonly<Record<string, keyof HaproxyOptions>> = {
  'haproxy_amphora.connection_logging': 'isConnectionLogged',
  'haproxy_amphora.user_log_format': 'userLogFormat',
  'haproxy_amphora.haproxy_stick_size': 'stickSize',
  'haproxy_amphora.default_connection_limit': 'defaultConnectionLimit',
  'amphora_agent.user_log_facility': 'userLogFacility',
  'amphora_agent.administrative_log_facility': 'administrativeLogFacility',
};

export function optionsOf(given: GoldenOptions): HaproxyOptions {
  const own = Object.entries(given)
    .filter(([name]) => !(name in PATH_NAMES))
    .map(([name, value]) => [known(name), value]);
  return { ...DEFAULT_OPTIONS, ...Object.fromEntries(own) };
}

const PATH_NAMES: Readonly<Record<string, keyof HaproxyPaths>> = {
  'haproxy_amphora.base_path': 'basePath',
  'haproxy_amphora.base_cert_dir': 'baseCertDir',
};

export function pathsOf(given: GoldenOptions): HaproxyPaths {
  const own = Object.entries(PATH_NAMES)
    .filter(([name]) => name in given)
    .map(([name, field]) => [field, given[name]]);
  return { ...IMAGE_PATHS, ...Object.fromEntries(own) };
}

/** An option that this table forgot would silently be at its default. */
function known(name: string): keyof HaproxyOptions {
  const field = NAMES[name];
  if (field === undefined) throw new Error(`golden option ${name} has no twin here`);
  return field;
}
