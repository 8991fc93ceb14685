import type { JsonSchema } from '../schema/field.ts';
import type { OpenApiDocument } from './document.ts';

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
code,pre{font-family:ui-monospace,monospace;font-size:.9em}summary{cursor:pointer}details{margin:.3rem 0}
.verb{display:inline-block;min-width:4.5rem;font-weight:600}li{margin:.1rem 0}`;

/** The document for people: every operation under its noun, with what it takes. No script, nothing from elsewhere. */
export function openApiPage(document: OpenApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, operation]) => ({ path, verb, operation })),
  );
  const byTag = Map.groupBy(operations, ({ operation }) =>
    String((operation['tags'] as string[])[0]),
  );
  const sections = Array.from(
    byTag,
    ([tag, own]) => `<h2>${escaped(tag)}</h2>${own.map(operationHtml).join('')}`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>OpenStack load balancer API</title>
<style>${STYLE}</style></head><body><h1>OpenStack load balancer API</h1>
<p>As a machine reads it: <a href="openapi.json">openapi.json</a></p>${sections.join('')}</body></html>
`;
}

interface Shown {
  readonly path: string;
  readonly verb: string;
  readonly operation: JsonSchema;
}

function operationHtml({ path, verb, operation }: Shown): string {
  const body = operation['requestBody'] as JsonSchema | undefined;
  const parameters = (operation['parameters'] as JsonSchema[]).map((parameter) =>
    ((parameter['name'] ?? parameter['$ref']) as string).replace(/^.*\//, ''),
  );
  const takes =
    parameters.length > 0
      ? `<p>Parameters: <code>${escaped(parameters.join(', '))}</code></p>`
      : '';
  return `<details><summary><span class="verb">${escaped(verb.toUpperCase())}</span> <code>${escaped(path)}</code>
${escaped(String(operation['summary']))}</summary>${takes}${body ? bodyHtml(body) : ''}</details>`;
}

function bodyHtml(body: JsonSchema): string {
  const content = body['content'] as Record<string, { schema: JsonSchema }>;
  return schemaHtml(content['application/json']?.schema ?? {});
}

/** Attributes as nested lists, with their bounds. */
function schemaHtml(schema: JsonSchema): string {
  const own = (schema['oneOf'] as JsonSchema[] | undefined)?.[0] ?? schema;
  const properties = (own['properties'] ?? {}) as Record<string, JsonSchema>;
  const required = (own['required'] ?? []) as string[];
  const items = own['items'] as JsonSchema | undefined;
  const rows = Object.entries(properties).map(([name, field]) => {
    const must = required.includes(name) ? ' <em>mandatory</em>' : '';
    return `<li><code>${escaped(name)}</code>${must} ${escaped(brief(field))}${schemaHtml(field)}</li>`;
  });
  if (rows.length > 0) return `<ul>${rows.join('')}</ul>`;
  return items === undefined ? '' : schemaHtml(items);
}

const BOUNDS = [
  'type',
  'format',
  'enum',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
];

function brief(schema: JsonSchema): string {
  const own = (schema['oneOf'] as JsonSchema[] | undefined)?.[0] ?? schema;
  return BOUNDS.filter((name) => own[name] !== undefined)
    .map((name) => (name === 'type' ? String(own[name]) : `${name} ${String(own[name])}`))
    .join(', ');
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
