// Compiled, never run: `passContext` takes functions whose context finds its parameter.
import { type CallContext, policy, type ResilientOptions, resilient } from 'holdfast';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expectType<_ extends true>(): void {}

const on = { passContext: true } as const;
declare function last(id: number, context: CallContext): Promise<string>;
declare function lastPerhaps(id: number, context?: CallContext): Promise<string>;
declare function signalOnly(id: number, context: { signal: AbortSignal }): Promise<string>;
declare function asInit(url: string, init?: { signal?: AbortSignal; method?: string }): void;
declare function rest(...args: [...ids: number[], context: CallContext]): Promise<string>;
declare function without(id: number): Promise<string>;
declare function anything(...args: unknown[]): Promise<string>;
declare function nothing(): Promise<string>;
declare function bound(this: Date, id: number, context: CallContext): Promise<string>;
const ofLast = resilient(last, on);
expectType<Equal<Parameters<typeof ofLast>, [id: number]>>();
const ofPerhaps = resilient(lastPerhaps, on);
expectType<Equal<Parameters<typeof ofPerhaps>, [id: number]>>();
const ofSignal = resilient(signalOnly, on);
expectType<Equal<Parameters<typeof ofSignal>, [id: number]>>();
const ofInit = resilient(asInit, on);
expectType<Equal<Parameters<typeof ofInit>, Parameters<typeof asInit>>>();
const ofRest = resilient(rest, on);
expectType<Equal<Parameters<typeof ofRest>, number[]>>();
const ofWithout = resilient(without, on);
expectType<Equal<Parameters<typeof ofWithout>, [id: number]>>();
const ofAnything = resilient(anything, on);
expectType<Equal<Parameters<typeof ofAnything>, unknown[]>>();
const ofNothing = resilient(nothing, on);
expectType<Equal<Parameters<typeof ofNothing>, []>>();
const ofBound = resilient(bound, on);
expectType<Equal<ThisParameterType<typeof ofBound>, Date>>();
resilient(fetch, on)('https://example.com', { method: 'GET' });

declare function optional(a: string, b?: number, context?: CallContext): Promise<string>;
declare function options(a: string, b?: { signal?: AbortSignal }, context?: CallContext): void;
declare function optionalLast(id: number, fields?: string[]): Promise<string>;
declare function numbers(...ids: number[]): Promise<string>;
// @ts-expect-error the context would come instead of b
resilient(optional, { passContext: true });
// @ts-expect-error the context would come instead of b, which would take it
resilient(options, { passContext: true });
// @ts-expect-error the context would come as fields
resilient(optionalLast, { passContext: true });
// @ts-expect-error the context would come as a number
resilient(numbers, { passContext: true, retry: {} });
resilient((a: string, b = 1, context?: CallContext) => [a, b, context], {
  // @ts-expect-error the error is at the option
  passContext: true,
});
declare const perhaps: { passContext: boolean };
// @ts-expect-error it may be on
resilient(optional, perhaps);
// @ts-expect-error nothing to call, for functions of a policy, too
policy({ passContext: true })(optional)('a');

resilient(optional, { passContext: false });
resilient(optional, { passContext: undefined });
resilient(optional, { retry: {} })('a', 1);
policy({ passContext: true })(optional, { passContext: false })('a', 1);
policy({ passContext: true })(last)(1);
const general: ResilientOptions = { passContext: true };
resilient(last, general);
