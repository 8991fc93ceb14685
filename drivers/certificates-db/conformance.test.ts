import { createTestDatabase } from '../../tests/testing/servers.ts';
import { certificateManagerConformance } from '../conformance/certificates.ts';
import { dbCertificateManager } from './certificate-manager.ts';
import { openSeal } from './seal.ts';
import { secretStore } from './secret-store.ts';

const KEY_PASSPHRASES = ['the-first-passphrase-of-32-signs'];

certificateManagerConformance('certificates-db', async () => {
  const own = await createTestDatabase();
  const { database } = own;
  const store = secretStore(database, openSeal(KEY_PASSPHRASES));
  return {
    driver: dbCertificateManager({ database, keyPassphrases: KEY_PASSPHRASES }),
    storeContainer: (projectId, container) =>
      store.add({ kind: 'container', projectId, name: 'www', text: JSON.stringify(container) }),
    storeSecret: (projectId, text) => store.add({ kind: 'secret', projectId, name: 'ca', text }),
    close: () => own.close(),
  };
});
