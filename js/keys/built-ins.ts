import { binaryText, prototypeOfClass } from './binary.ts';
import { type Description, description } from './description.ts';
import { attempt, hasOwn, methodOf } from './intrinsics.ts';
import { describeProperties } from './properties.ts';
import { primitiveText, stringText } from './text.ts';

/** Describes an object, or gives `undefined` when it only looks like what its prototype says. */
type Describer = (value: object) => Description | undefined;

/** Made for the first object that is neither plain nor an array, so that importing the package does not pay for it. */
let describers: Map<object, Describer> | undefined;

/** Node loads all of `fetch`, for 30 ms, when `Headers` is first looked at; until then nobody has one. */
let isHeadersPending = true;

const regExpSource = methodOf<string>(RegExp.prototype, 'source');

/** `flags` reads properties that an instance can hide with its own, the getters behind them do not. */
const regExpFlags = [
  'hasIndices',
  'global',
  'ignoreCase',
  'multiline',
  'dotAll',
  'unicode',
  'unicodeSets',
  'sticky',
].map((name) => methodOf<boolean | undefined>(RegExp.prototype, name));

/**
 * Describes an instance of a built-in class.
 *
 * @param value - an object
 * @param prototype - its prototype
 * @returns `undefined` for any other object, also when it only looks like such an instance
 */
export function describeBuiltIn(value: object, prototype: object): Description | undefined {
  describers ??= builtIns();
  if (isHeadersPending && hasOwn(prototype, 'append') && !describers.has(prototype)) {
    isHeadersPending = false;
    addPlatformClass(describers, 'Headers', 'entries');
  }
  const describe = describers.get(prototype);
  if (describe !== undefined) return describe(value);
  const text = binaryText(value, prototype);
  return text === undefined ? undefined : description(text);
}

function builtIns(): Map<object, Describer> {
  const all = new Map<object, Describer>([
    [Date.prototype, stateDescriber('D', methodOf(Date.prototype, 'getTime'))],
    [RegExp.prototype, describeRegExp],
    [Map.prototype, collectionDescriber('M', Map.prototype, 2)],
    [Set.prototype, collectionDescriber('S', Set.prototype, 1)],
  ]);
  for (const { prototype } of [Number, String, Boolean, Symbol, BigInt]) {
    // The characters of a boxed string are properties too, and written once more.
    all.set(prototype, stateDescriber('B', methodOf(prototype, 'valueOf')));
  }
  addPlatformClass(all, 'URL', 'href');
  addPlatformClass(all, 'URLSearchParams', 'toString');
  return all;
}

/** Symbols do not count here: some runtimes keep the state of these objects under them. */
function addPlatformClass(all: Map<object, Describer>, name: string, member: string): void {
  const prototype = attempt(prototypeOfClass, name);
  if (prototype === undefined || all.has(prototype)) return;
  all.set(prototype, stateDescriber(name, methodOf(prototype, member), []));
}

/** Describes what a primitive, or a list of strings, tells all about. */
function stateDescriber(
  kind: string,
  read: (value: object) => unknown,
  symbols?: readonly symbol[],
): Describer {
  const readText = (value: object) => {
    const state = read(value);
    if (state === undefined) return undefined;
    return typeof state === 'object'
      ? pairsText(state as Iterable<string[]>)
      : primitiveText(state);
  };
  return (value) => {
    const text = attempt(readText, value);
    return text === undefined ? undefined : describeProperties(kind + text, value, symbols);
  };
}

/** The name and value of each header. */
function pairsText(pairs: Iterable<readonly string[]>): string {
  let text = '';
  let count = 0;
  for (const pair of pairs) {
    text += pair.map(stringText).join('');
    count += 1;
  }
  return `${count}:${text}`;
}

function describeRegExp(value: object): Description | undefined {
  const source = attempt(regExpSource, value);
  if (source === undefined) return undefined;
  let text = `R${stringText(source)}`;
  for (const isSet of regExpFlags) text += primitiveText(isSet(value));
  return describeProperties(text, value, undefined, [(value as RegExp).lastIndex]);
}

function collectionDescriber(kind: string, prototype: object, width: 1 | 2): Describer {
  const size = methodOf<number>(prototype, 'size');
  const forEach = methodOf<void>(prototype, 'forEach');
  return (value) => {
    const count = attempt(size, value);
    if (count === undefined) return undefined;
    // Collected before any property is read: a getter met on the way may change the collection.
    const members: unknown[] = [];
    forEach(value, (item: unknown, key: unknown) => {
      members.push(item);
      if (width === 2) members.push(key);
    });
    const { text, parts } = describeProperties(`${kind}${count}:`, value);
    return description(text, parts, members, width);
  };
}
