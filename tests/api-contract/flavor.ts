import { invalid } from '../../api/testing/contract.ts';
import { bool, uuid } from './kinds.ts';
import { NAMINGS, type Naming } from './offer-naming.ts';
import { type Doing, mandatoryNameRow, nameRow, whenCreating } from './shared-rows.ts';
import { attributesIn, MANDATORY, noOption, type Row, type Table } from './table.ts';
import { type ContractWorld, UNKNOWN } from './world.ts';

function enabledRow(doing: Doing): Row {
  return {
    name: 'enabled',
    kind: bool,
    ...whenCreating(doing, true),
    whenNull: noOption('enabled'),
  };
}

/** A zone's name is in paths, so it is not empty and stays; a flavor's may be anything. */
function nameRows({ noun }: Naming, doing: Doing): readonly Row[] {
  const row = mandatoryNameRow(doing, 'name');
  if (noun === 'flavor') return [row];
  if (doing === 'update') return [];
  const empty = invalid('name', '', 'Value should have a minimum character requirement of 1');
  const accepts = row.kind.accepts.filter(([sent]) => sent !== '');
  return [{ ...row, accepts, refuses: [['', empty]] }];
}

function offerTables(w: ContractWorld, naming: Naming): readonly Table[] {
  const { api } = w;
  const { noun, words, root, path, profileId, profile, schema } = naming;
  const argument = `${noun}_`;
  const shared = {
    argument,
    root,
    path: `${argument}.${root}`,
    reset: () => w.settle(noun),
    find: ({ json }: { json?: Record<string, Record<string, unknown>> }) => json?.[root] ?? {},
  };
  const { id: own, profile: ownProfile } = w.offers[noun];
  return [
    {
      ...shared,
      title: `creating ${words}`,
      successStatus: 201,
      attributes: attributesIn(schema.createBody.schema, root),
      rows: [
        ...nameRows(naming, 'create'),
        nameRow('create', 'description'),
        enabledRow('create'),
        {
          name: profileId,
          kind: uuid(ownProfile),
          refuses: [[UNKNOWN, `${profile.words} ${UNKNOWN} not found.`]],
          absent: MANDATORY,
          whenNull: noOption(profileId),
        },
      ],
      unknown: ['id', 'tags', 'project_id'],
      compose: (attributes) => ({ [root]: { name: 'n', [profileId]: ownProfile, ...attributes } }),
      send: (body) => api.post(path, body),
    },
    {
      ...shared,
      title: `updating ${words}`,
      successStatus: 200,
      attributes: attributesIn(schema.updateBody.schema, root),
      rows: [...nameRows(naming, 'update'), nameRow('update', 'description'), enabledRow('update')],
      unknown: ['id', profileId, ...(noun === 'flavor' ? [] : ['name'])],
      compose: (attributes) => ({ [root]: attributes }),
      send: (body) => api.put(`${path}/${own}`, body),
    },
  ];
}

export function offerTablesOfAll(w: ContractWorld): readonly Table[] {
  return NAMINGS.flatMap((naming) => offerTables(w, naming));
}
