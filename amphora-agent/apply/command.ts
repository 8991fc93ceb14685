import { spawn } from 'node:child_process';

export interface CommandResult {
  /** Exit status; null when it was killed or could not be started. */
  readonly status: number | null;
  readonly stdout: string;
  /** Standard output and error as they came, for people. */
  readonly output: string;
}

export interface CommandOptions {
  readonly input?: string;
  readonly timeoutMs?: number;
}

const OUTPUT_BYTES_MAX = 1024 * 1024;
const TIMEOUT_MS = 30_000;
/** A daemon may keep the pipes of the command that started it: wait no longer for what it might still say. */
const PIPE_GRACE_MS = 200;

/** Runs one command without a shell. Never throws: what cannot be started is a result without a status. */
export function run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [file = '', ...args] = argv;
  return new Promise((resolve) => {
    const stdout = boundedText();
    const output = boundedText();
    const child = spawn(file, args, {
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const end = (status: number | null): void =>
      resolve({ status, stdout: stdout.text(), output: output.text() });
    child.once('error', (error) => {
      output.add(Buffer.from(`${file}: ${error.message}\n`));
      end(null);
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout.add(chunk);
      output.add(chunk);
    });
    child.stderr?.on('data', (chunk: Buffer) => output.add(chunk));
    child.once('close', end);
    child.once('exit', (status) => setTimeout(() => end(status), PIPE_GRACE_MS).unref());
    child.stdin?.on('error', () => {}); // it ended without reading all; its status tells
    child.stdin?.end(options.input);
  });
}

function boundedText(): { add(chunk: Buffer): void; text(): string } {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    add(chunk) {
      if (size >= OUTPUT_BYTES_MAX) return;
      chunks.push(chunk.subarray(0, OUTPUT_BYTES_MAX - size));
      size += chunk.length;
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}
