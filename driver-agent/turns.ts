/** Lets at most so many pieces of work run at a time; the others wait in the order they came. */
export function turns(max: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= max) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // The turn is handed over, so that nobody who comes now overtakes.
      if (next) next();
      else running -= 1;
    }
  };
}
