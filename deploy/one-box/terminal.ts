/** Where the cloud tells people what it does. */
export interface Terminal {
  readonly print: (line: string) => void;
  /** Runs one step of a start or a stop, and says how long it took. */
  readonly step: <Result>(what: string, work: () => Promise<Result>) => Promise<Result>;
}

export function openTerminal(write: (text: string) => void): Terminal {
  const print = (line: string): void => write(`${line}\n`);
  return {
    print,
    async step(what, work) {
      const startedMs = performance.now();
      const result = await work();
      print(`== ${what.padEnd(44)} ${((performance.now() - startedMs) / 1000).toFixed(2)} s`);
      return result;
    },
  };
}

/** A terminal that went away (`npm start | head`) is no reason to end the cloud. */
export function standardOutput(): Terminal {
  process.stdout.on('error', () => {});
  return openTerminal((text) => void process.stdout.write(text));
}
