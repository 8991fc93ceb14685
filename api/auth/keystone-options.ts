import { ConfigError } from '#core/config/load.ts';
import type { ValuesOf } from '#core/config/section.ts';
import type { keystoneAuthtoken } from '#core/config/sections.ts';

type Values = ValuesOf<(typeof keystoneAuthtoken)['options']>;

/**
 * The section when tokens are to be validated: what may be absent otherwise must be there.
 * @throws ConfigError with a line for each option that is missing
 */
export function keystoneOptions(values: Values): Values & { readonly authUrl: string } {
  const { authUrl } = values;
  const problems = [...missingOptions(values)].map(
    ({ option, form }) =>
      `[keystone_authtoken] ${option} is missing; with [api_settings] auth_strategy = keystone it must be ${form}`,
  );
  if (authUrl !== null && !isHttpUrl(authUrl))
    problems.push(
      `[keystone_authtoken] auth_url is "${authUrl}"; it must be a URL like http://keystone:5000/v3`,
    );
  if (problems.length > 0 || authUrl === null) throw new ConfigError(problems);
  return { ...values, authUrl };
}

interface Missing {
  readonly option: string;
  readonly form: string;
}

function* missingOptions(values: Values): Iterable<Missing> {
  if (values.authUrl === null)
    yield { option: 'auth_url', form: "Keystone's URL, like http://keystone:5000/v3" };
  if (values.username === null && values.userId === null)
    yield { option: 'username', form: 'the name of a user who may validate tokens' };
  if (values.password === '') yield { option: 'password', form: "that user's" };
  if (values.username !== null && values.userId === null && !hasDomain(values, 'user'))
    yield {
      option: 'user_domain_name',
      form: 'the domain of that user, by name or, as user_domain_id, by id',
    };
  if (values.systemScope === null) yield* missingProject(values);
}

function* missingProject(values: Values): Iterable<Missing> {
  if (values.projectId !== null) return;
  if (values.projectName === null)
    yield { option: 'project_name', form: 'the project in which that user has its role' };
  else if (!hasDomain(values, 'project'))
    yield {
      option: 'project_domain_name',
      form: 'the domain of that project, by name or, as project_domain_id, by id',
    };
}

function hasDomain(values: Values, whose: 'user' | 'project'): boolean {
  return values[`${whose}DomainName`] !== null || values[`${whose}DomainId`] !== null;
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text);
}
