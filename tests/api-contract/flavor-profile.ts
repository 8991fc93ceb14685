import { text } from './kinds.ts';
import { NAMINGS, type Naming } from './offer-naming.ts';
import { type Doing, mandatoryNameRow } from './shared-rows.ts';
import { attributesIn, type Refused, type Row, type Table } from './table.ts';
import type { ContractWorld } from './world.ts';

function profileRows({ profile: { data } }: Naming, doing: Doing): readonly Row[] {
  const noJson = ['', '{', '[]', 'null', '5', '"az1"'].map(
    (sent): Refused => [sent, `${sent} is not a valid option for ${data}`],
  );
  const strangers = ['f5', '', '__proto__'].map(
    (sent): Refused => [sent, `Provider '${sent}' is not enabled.`],
  );
  return [
    mandatoryNameRow(doing, 'name'),
    {
      ...mandatoryNameRow(doing, 'provider_name'),
      accepts: [['amphora'], ['octavia']],
      refuses: strangers,
    },
    {
      ...mandatoryNameRow(doing, data),
      kind: text(4096),
      accepts: [['{}'], [' {"a" : [1, null]}\n'], [`{"a": "${'x'.repeat(4087)}"}`]],
      refuses: noJson,
    },
  ];
}

function profileTables(w: ContractWorld, naming: Naming): readonly Table[] {
  const { api } = w;
  const { words, root, path, data, schema } = naming.profile;
  const table = `${naming.noun}_profile` as const;
  const argument = `${table}_`;
  const shared = {
    argument,
    root,
    path: `${argument}.${root}`,
    unknown: ['id', 'tags', 'project_id', 'description', 'enabled'],
    reset: () => w.settle(table),
    find: ({ json }: { json?: Record<string, Record<string, unknown>> }) => json?.[root] ?? {},
  };
  const base = { name: 'n', provider_name: 'amphora', [data]: '{}' };
  return [
    {
      ...shared,
      title: `creating a ${words}`,
      successStatus: 201,
      attributes: attributesIn(schema.createBody.schema, root),
      rows: profileRows(naming, 'create'),
      compose: (attributes) => ({ [root]: { ...base, ...attributes } }),
      send: (body) => api.post(path, body),
    },
    {
      ...shared,
      title: `updating a ${words}`,
      successStatus: 200,
      attributes: attributesIn(schema.updateBody.schema, root),
      rows: profileRows(naming, 'update'),
      compose: (attributes) => ({ [root]: attributes }),
      send: (body) => api.put(`${path}/${w.offers[naming.noun].unusedProfile}`, body),
    },
  ];
}

export function profileTablesOfAll(w: ContractWorld): readonly Table[] {
  return NAMINGS.flatMap((naming) => profileTables(w, naming));
}
