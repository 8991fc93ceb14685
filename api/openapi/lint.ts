import { createConfig, lintFromString } from '@redocly/openapi-core';
import { CURRENT_VERSION } from '../v2/discovery/versions.ts';
import { RESOURCES } from '../v2/resources.ts';
import { openApiDocument } from './document.ts';

/** Holds the published document against the OpenAPI 3.1 specification and the linter's recommended rules. */
const config = await createConfig({ extends: ['recommended'] });
const source = JSON.stringify(openApiDocument(RESOURCES, CURRENT_VERSION));
const problems = await lintFromString({ source, absoluteRef: 'openapi.json', config });
for (const { severity, ruleId, message, location } of problems)
  process.stdout.write(`${severity} ${ruleId} ${location[0]?.pointer ?? ''}: ${message}\n`);
process.stdout.write(`openapi.json: ${problems.length} problems\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
