import type { Option } from '#core/config/option.ts';
import type { AnySection } from '#core/config/section.ts';

/** The whole configuration as a file: each option with what it decides, what it may be, and its default, commented out. */
export function renderSample(sections: readonly AnySection[]): string {
  const preface = [
    '# Every option, at its default. Any of them can be overridden by an environment variable',
    '# OS_<SECTION>__<OPTION>. Options of Octavia that are not here have no effect,',
    '# and daemons name them in their log when they start.',
  ];
  return `${preface.join('\n')}\n\n${sections.map(renderSection).join('\n')}`;
}

function renderSection(section: AnySection): string {
  const options = Object.values(section.options).map(renderOption);
  return `[${section.name}]\n\n${options.join('\n')}`;
}

function renderOption(option: Option<unknown>): string {
  const value = asWritten(option.fallback);
  return `# ${option.help}\n# (${option.form})\n#${option.name} =${value === '' ? '' : ` ${value}`}\n`;
}

function asWritten(value: unknown): string {
  if (value === null) return '';
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value !== 'object') return `${value as string | number | boolean}`;
  return Object.entries(value)
    .map(([name, inner]) => `${name}: ${inner}`)
    .join(', ');
}
