import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noAuth } from '../../api/auth/none.ts';
import { type Api, startApi } from '../../api/testing/harness.ts';
import { headersOf } from './client.ts';
import { Mismatch, play } from './play.ts';
import { type Round, rounds } from './step.ts';

/**
 * Clients of two projects, an operator and a provider, at once and at random, against a model of what should happen.
 * A failing run is shrunk and told in the message, with the seed and the path that bring it back:
 * `API_MODEL_SEED=… API_MODEL_PATH=… vitest run tests/api-model`. More runs, and others: `API_MODEL_SECONDS=600`.
 */
const { API_MODEL_SECONDS, API_MODEL_SEED, API_MODEL_PATH: path } = process.env;
const isUsual = API_MODEL_SECONDS === undefined;
const seconds = Number(API_MODEL_SECONDS ?? 60);
const USUAL_RUNS = 100;
// Requests race each other, so the usual run looks where others have looked before.
const chosenSeed = API_MODEL_SEED ?? (isUsual ? '1' : undefined);

let api: Api;
let profile: string;
beforeAll(async () => {
  const everyoneIs = noAuth(null);
  api = await startApi('', {
    auth: {
      ...everyoneIs,
      isQuotaEnforced: true,
      authenticate: async (headers) => ({
        ...(await everyoneIs.authenticate(headers)),
        isAdmin: false,
      }),
    },
  });
  const flavorprofile = { name: 'any', provider_name: 'amphora', flavor_data: '{}' };
  const made = await api.request(
    'POST',
    '/flavorprofiles',
    { flavorprofile },
    headersOf({ name: 'setup', project: 'green', role: 'admin' }),
  );
  profile = made.json.flavorprofile.id;
});
afterAll(() => api.close());

test(
  'whatever clients and provider do at once, some order of it explains every answer and all that is stored',
  async () => {
    const run = await fc.check(
      fc.asyncProperty(rounds, (drawn) => play(api, profile, drawn)),
      {
        numRuns: isUsual ? USUAL_RUNS : 1_000_000,
        interruptAfterTimeLimit: seconds * 1000,
        markInterruptAsFailure: false,
        ...(chosenSeed === undefined ? {} : { seed: Number(chosenSeed) }),
        ...(path === undefined ? {} : { path, endOnFailure: true }),
      },
    );
    if (run.failed) throw report(run);
    expect(run.numRuns).toBeGreaterThan(0);
    const found = await api.database.query<{ deadlocks: number }>(
      'select deadlocks from pg_stat_database where datname = current_database()',
    );
    expect(found.rows, 'everybody locks in one order').toEqual([{ deadlocks: 0 }]);
  },
  (seconds + 90) * 1000,
);

function report({
  errorInstance,
  seed,
  counterexamplePath,
  numShrinks,
}: fc.RunDetails<[readonly Round[]]>) {
  const story = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  const again = `API_MODEL_SEED=${seed} API_MODEL_PATH=${counterexamplePath}`;
  const cause = errorInstance instanceof Mismatch ? {} : { cause: errorInstance };
  return new Error(`${story}\n(shrunk ${numShrinks} times; ${again} brings it back)`, cause);
}
