/** How often a step is tried when its failure may pass, and how long it waits in between. */
export interface Retry {
  readonly attemptsMax: number;
  readonly intervalMs: number;
  /** Factor by which the wait grows; 1 when absent. */
  readonly backoff?: number;
  readonly intervalMaxMs?: number;
}

/** What a flow knows: its input and what its steps found out. Plain JSON, ids and addresses only, never a secret: it is checkpointed. */
export type State = object;

/**
 * One step of a flow. Both functions may run again after a crash, with the same state, and must then lead to the same end.
 * @typeParam Needs what earlier steps or the input must have given
 * @typeParam Gives what it adds to the state
 */
export interface Step<Needs extends State, Gives extends State, World> {
  readonly name: string;
  /** Names that it had in earlier releases, for flows that those began. */
  readonly formerly?: readonly string[];
  run(state: Needs, world: World): Promise<Gives>;
  /** Takes back what `run` did, also when `run` failed half way: then nothing of `Gives` may be there. */
  undo?(state: Needs & Partial<Gives>, world: World): Promise<void>;
  readonly retry?: (world: World) => Retry;
  /** Milliseconds for all attempts together; the flow's undos begin when they are over. */
  readonly timeoutMs?: number;
}

/** A step whose types were checked when its flow was put together. */
export type AnyStep<World> = Step<never, State, World>;

export interface Flow<Name extends string, World> {
  readonly name: Name;
  readonly steps: readonly AnyStep<World>[];
}

/** The steps, if each finds in the state what it needs; else, in the place of the first that does not, what it asks for. */
export type Chained<Steps extends readonly unknown[], Known> = Steps extends readonly [
  infer First,
  ...infer Rest,
]
  ? First extends Step<infer Needs, infer Gives, infer _World>
    ? Known extends Needs
      ? readonly [First, ...Chained<Rest, Known & Gives>]
      : readonly [{ readonly 'no step before gives all of': Needs }, ...Rest]
    : never
  : Steps;
