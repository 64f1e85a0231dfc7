/** Whether an option is on, as far as the type of the options shows. */
export type OptionState<O, K extends PropertyKey> = K extends keyof O
  ? O[K] extends false | undefined
    ? 'off'
    : undefined extends O[K]
      ? 'unknown'
      : [Extract<O[K], false>] extends [never]
        ? 'on'
        : 'unknown'
  : 'off';

/** `T` if an option is on, `undefined` if it is off. */
export type IfOn<O, K extends PropertyKey, T> = {
  on: T;
  off: undefined;
  unknown: T | undefined;
}[OptionState<O, K>];
