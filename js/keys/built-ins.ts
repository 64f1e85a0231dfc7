import { bufferWriter, typedArrayWriters, viewWriter } from './binary.ts';
import { attempt, getterOf, hasOwn, uncurry } from './intrinsics.ts';
import { writeAdditions, writePlatformAdditions } from './properties.ts';
import { nameText, primitiveText, type Sink, stringText } from './text.ts';

/** Writes a built-in object, or says `false`, having written nothing, when it only looks like one. */
export type Writer = (value: object, out: Sink) => boolean;

const dateTime = uncurry<[], number>(Date.prototype.getTime);
const mapForEach = uncurry<[(value: unknown, key: unknown) => void], void>(Map.prototype.forEach);
const mapSize = getterOf<number>(Map.prototype, 'size');
const setForEach = uncurry<[(value: unknown) => void], void>(Set.prototype.forEach);
const setSize = getterOf<number>(Set.prototype, 'size');
const regExpSource = getterOf<string>(RegExp.prototype, 'source');

/** `flags` reads properties that an instance can hide with its own, the getters behind them do not. */
const regExpFlags = [
  ['d', 'hasIndices'],
  ['g', 'global'],
  ['i', 'ignoreCase'],
  ['m', 'multiline'],
  ['s', 'dotAll'],
  ['u', 'unicode'],
  ['v', 'unicodeSets'],
  ['y', 'sticky'],
].map(([flag, name]) => ({
  flag: flag as string,
  isSet: getterOf<boolean | undefined>(RegExp.prototype, name as string),
}));

/** Made for the first object that is neither plain nor an array, so that importing the package does not pay for it. */
let writers: Map<object, Writer> | undefined;

function builtInWriters(): Map<object, Writer> {
  const all = new Map<object, Writer>([
    [Date.prototype, writeDate],
    [RegExp.prototype, writeRegExp],
    [Map.prototype, writeMap],
    [Set.prototype, writeSet],
    [ArrayBuffer.prototype, bufferWriter],
    [DataView.prototype, viewWriter],
    ...typedArrayWriters(),
    [Number.prototype, boxWriter(uncurry<[], number>(Number.prototype.valueOf))],
    [String.prototype, boxWriter(uncurry<[], string>(String.prototype.valueOf))],
    [Boolean.prototype, boxWriter(uncurry<[], boolean>(Boolean.prototype.valueOf))],
    [Symbol.prototype, boxWriter(uncurry<[], symbol>(Symbol.prototype.valueOf))],
    [BigInt.prototype, boxWriter(uncurry<[], bigint>(BigInt.prototype.valueOf))],
  ]);
  addPlatformClass(all, 'URL', urlWriter);
  addPlatformClass(all, 'URLSearchParams', searchParamsWriter);
  return all;
}

type WriterOf = (prototype: object) => Writer | undefined;

/** Node loads all of `fetch`, for 30 ms, when `Headers` is first looked at; until then nobody has one. */
let isHeadersPending = true;

/**
 * What writes the instances of a built-in class.
 *
 * @param prototype - an object's prototype
 * @returns `undefined` unless it is exactly the prototype of a built-in class
 */
export function builtInWriter(prototype: object): Writer | undefined {
  writers ??= builtInWriters();
  if (isHeadersPending && hasOwn(prototype, 'append') && !writers.has(prototype)) {
    isHeadersPending = false;
    addPlatformClass(writers, 'Headers', headersWriter);
  }
  return writers.get(prototype);
}

function addPlatformClass(writers: Map<object, Writer>, name: string, writerOf: WriterOf): void {
  const prototype: unknown = attempt(platformPrototype, name);
  if (typeof prototype !== 'object' || prototype === null || writers.has(prototype)) return;
  const writer = writerOf(prototype);
  if (writer !== undefined) writers.set(prototype, writer);
}

function platformPrototype(name: string): unknown {
  const found = (globalThis as unknown as Readonly<Record<string, unknown>>)[name];
  return typeof found === 'function' ? found.prototype : undefined;
}

function writeDate(value: object, out: Sink): boolean {
  const time = attempt(dateTime, value);
  if (time === undefined) return false;
  out.write(`D${time},`);
  writeAdditions(value, out);
  return true;
}

function writeRegExp(value: object, out: Sink): boolean {
  const source = attempt(regExpSource, value);
  if (source === undefined) return false;
  let flags = '';
  for (const { flag, isSet } of regExpFlags) if (isSet(value)) flags += flag;
  out.write(`R${stringText(source)}${stringText(flags)}`);
  out.value((value as RegExp).lastIndex);
  writeAdditions(value, out);
  return true;
}

function writeMap(value: object, out: Sink): boolean {
  if (attempt(mapSize, value) === undefined) return false;
  // Collected first: a getter met on the way may change the map.
  const entries: unknown[] = [];
  mapForEach(value, (item, key) => {
    entries.push(key, item);
  });
  out.write(`M${entries.length / 2}:`);
  out.members(entries, 2);
  writeAdditions(value, out);
  return true;
}

function writeSet(value: object, out: Sink): boolean {
  if (attempt(setSize, value) === undefined) return false;
  const members: unknown[] = [];
  setForEach(value, (member) => {
    members.push(member);
  });
  out.write(`S${members.length}:`);
  out.members(members, 1);
  writeAdditions(value, out);
  return true;
}

function boxWriter(unbox: (value: object) => unknown): Writer {
  return (value, out) => {
    const primitive = attempt(unbox, value);
    if (primitive === undefined) return false;
    out.write('B');
    out.write(primitiveText(primitive));
    // The characters of a boxed string are properties too, and written once more.
    writeAdditions(value, out);
    return true;
  };
}

function urlWriter(prototype: object): Writer {
  return stringWriter('U', getterOf<string>(prototype, 'href'));
}

function searchParamsWriter(prototype: object): Writer {
  return stringWriter('Q', uncurry<[], string>(prototype.toString));
}

function stringWriter(tag: string, read: (value: object) => string): Writer {
  return (value, out) => {
    const text = attempt(read, value);
    if (typeof text !== 'string') return false;
    out.write(tag + stringText(text));
    writePlatformAdditions(value, out);
    return true;
  };
}

function headersWriter(prototype: object): Writer | undefined {
  const { entries } = prototype as { entries?: () => Iterable<[string, string]> };
  if (typeof entries !== 'function') return undefined;
  const entriesOf = uncurry<[], Iterable<[string, string]>>(entries);
  const readAll = (value: object) => [...entriesOf(value)];
  return (value, out) => {
    const pairs = attempt(readAll, value);
    if (pairs === undefined) return false;
    out.write(`H${pairs.length}:`);
    for (const [name, content] of pairs) out.write(nameText(name) + stringText(content));
    writePlatformAdditions(value, out);
    return true;
  };
}
