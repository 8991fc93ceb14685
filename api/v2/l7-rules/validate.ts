import { ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import { type L7Rule, L7RuleCompareType, L7RuleType } from '#core/domain/l7-rule.ts';
import { regexProblem } from './regular-expression.ts';

/** A policy has no more: HAProxy reads at most 64 words a line. */
export const RULES_MAX = 50;

/** A rule as a request asks for it, seen together with what is stored. Null: no value at all. */
export type WantedRule = {
  readonly [Key in 'type' | 'compareType' | 'key' | 'value']: L7Rule[Key] | null;
};

const TOKEN = /^[a-zA-Z0-9!#$%&'*+,\-.^_`|~]+$/;
const COOKIE_VALUE = /^[a-zA-Z0-9!#$%&'()*+,\-./:<=>?@[\]^_`{|}~]+$/;
const HEADER_VALUE = /^(?:[!-~]+|"[ \t!-~]*")$/;
/** Nothing that a file of a proxy can say. */
const CONTROL_CHARACTER = /\p{Cc}/u;
const DN_FIELD = /^[a-zA-Z][a-zA-Z0-9-]*$/;

/** @throws OctaviaError on a rule that no proxy could apply */
export function validateRule(rule: WantedRule): void {
  const { type, key, value } = rule;
  if (!value) throw invalidRule('L7 rule type requires a value');
  switch (type) {
    case null:
      throw invalidRule('invalid rule type');
    case L7RuleType.Header:
      validateKey(key);
      return validateComparison(rule, value, HEADER_VALUE, 'header value');
    case L7RuleType.Cookie:
      validateKey(key);
      return validateComparison(rule, value, COOKIE_VALUE, 'cookie value');
    case L7RuleType.HostName:
    case L7RuleType.Path:
      return validateComparison(rule, value, HEADER_VALUE, 'comparison value');
    case L7RuleType.FileType:
      return validateFileType(rule, value);
    case L7RuleType.SslConnHasCert:
      return validateHasCertificate(rule, value);
    case L7RuleType.SslVerifyResult:
      return validateVerifyResult(rule, value);
    case L7RuleType.SslDnField:
      return validateDnField(rule, value);
  }
}

function validateKey(key: string | null): void {
  if (!key) throw invalidRule('L7 rule type requires a key');
  if (!TOKEN.test(key)) throw invalidCharacters('key');
}

function validateComparison(
  { compareType }: WantedRule,
  value: string,
  form: RegExp,
  what: string,
): void {
  if (compareType === null) throw invalidComparison();
  if (compareType === L7RuleCompareType.Regex) return validateRegex(value);
  if (!form.test(value)) throw invalidCharacters(what);
}

function validateFileType(rule: WantedRule, value: string): void {
  const isPossible =
    rule.compareType === L7RuleCompareType.Regex || rule.compareType === L7RuleCompareType.EqualTo;
  if (!isPossible) throw invalidComparison();
  validateComparison(rule, value, HEADER_VALUE, 'comparison value');
}

function validateHasCertificate(rule: WantedRule, value: string): void {
  refuseKey(rule);
  if (value.toLowerCase() !== 'true')
    throw invalidRule(`L7rule value ${value} is not a boolean True string.`);
  expectEqualTo(rule);
}

/** More digits than nine are no result that OpenSSL has, and more than the proxy reads. */
function validateVerifyResult(rule: WantedRule, value: string): void {
  refuseKey(rule);
  if (!/^\d{1,9}$/.test(value))
    throw invalidRule(`L7rule type ${rule.type} needs a int value, which is >= 0`);
  expectEqualTo(rule);
}

function validateDnField({ type, compareType, key }: WantedRule, value: string): void {
  if (compareType === null) throw invalidComparison();
  if (CONTROL_CHARACTER.test(value)) throw invalidCharacters('distinguished name value');
  if (compareType === L7RuleCompareType.Regex) validateRegex(value);
  if (!key) throw invalidRule(`L7rule type ${type} needs to specify a key and a value.`);
  if (!DN_FIELD.test(key)) throw invalidRule('Invalid L7rule distinguished name field.');
}

function refuseKey({ type, key }: WantedRule): void {
  if (key) throw invalidRule(`L7rule type ${type} does not use the "key" field.`);
}

function expectEqualTo({ type, compareType }: WantedRule): void {
  if (compareType !== L7RuleCompareType.EqualTo)
    throw invalidRule(`L7rule type ${type} only supports the EQUAL_TO compare type.`);
}

function validateRegex(value: string): void {
  if (CONTROL_CHARACTER.test(value)) throw invalidCharacters('regular expression');
  const problem = regexProblem(value);
  if (problem !== null) throw badRule(`Unable to parse regular expression: ${problem}`);
}

function invalidComparison(): OctaviaError {
  return invalidRule('invalid comparison type for rule type');
}

function invalidRule(message: string): OctaviaError {
  return badRule(`Invalid L7 Rule: ${message}`);
}

function invalidCharacters(what: string): OctaviaError {
  return badRule(`Invalid characters in ${what}`);
}

function badRule(inner: string): OctaviaError {
  return new OctaviaError(ErrorCode.InvalidInput, `Error parsing L7Rule: ${inner}`);
}
