import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';

/** One thing that a daemon cannot work without. Answers null while it is there, else what is wrong. */
export interface ReadinessCheck {
  readonly name: string;
  check(): Promise<string | null> | string | null;
}

const CHECK_TIMEOUT_MS = 2000;

/** Serves /metrics (Prometheus), /healthz (the process answers) and /readyz (all it needs is there; 503 says what is not). */
export class TelemetryServer {
  readonly #server: Server;
  readonly #registry: Registry;
  readonly #checks: readonly ReadinessCheck[];

  constructor(registry: Registry, checks: readonly ReadinessCheck[]) {
    this.#registry = registry;
    this.#checks = checks;
    this.#server = createServer((request, response) => {
      this.#route(request.url ?? '', response).catch((error: unknown) =>
        answer(response, 500, String(error)),
      );
    });
  }

  /** @param port 0: serves nothing */
  async start(host: string, port: number): Promise<void> {
    if (port === 0 || this.#server.listening) return;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #route(url: string, response: ServerResponse): Promise<void> {
    switch (url.split('?')[0]) {
      case '/metrics':
        response.setHeader('content-type', this.#registry.contentType);
        return answer(response, 200, await this.#registry.metrics());
      case '/healthz':
        return answer(response, 200, 'ok\n');
      case '/readyz':
        return this.#answerReadiness(response);
      default:
        return answer(response, 404, 'try /metrics, /healthz or /readyz\n');
    }
  }

  async #answerReadiness(response: ServerResponse): Promise<void> {
    const verdicts = await Promise.all(
      this.#checks.map(async (check) => ({ name: check.name, problem: await bounded(check) })),
    );
    const isReady = verdicts.every((verdict) => verdict.problem === null);
    const lines = verdicts.map((verdict) => `${verdict.name}: ${verdict.problem ?? 'ok'}\n`);
    answer(response, isReady ? 200 : 503, lines.join('') || 'ok\n');
  }
}

async function bounded(check: ReadinessCheck): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${CHECK_TIMEOUT_MS} ms`), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([check.check(), late]);
  } catch (error) {
    return reasonOf(error);
  } finally {
    clearTimeout(timer);
  }
}

/** A refused connection to a name with several addresses has a code and no message. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || ('code' in error ? String(error.code) : error.name);
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.statusCode = status;
  response.end(body);
}
