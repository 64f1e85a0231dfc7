import { getOwnPropertyDescriptor, getOwnPropertySymbols, keys } from './intrinsics.ts';
import { type Sink, symbolText } from './text.ts';

/** Up to this many names an insertion sort beats the native one. */
const FEW_NAMES = 16;

/**
 * Writes named properties in the order of their names.
 *
 * @param value - the object that has them
 * @param names - their names, in any order; sorted in place
 * @param out - where the text goes
 */
export function writeProperties(value: object, names: string[], out: Sink): void {
  sortNames(names);
  const record = value as Readonly<Record<string, unknown>>;
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] as string;
    out.property(name, record[name]);
  }
}

function sortNames(names: string[]): void {
  const { length } = names;
  for (let end = 1; end < length; end += 1) {
    const name = names[end] as string;
    if ((names[end - 1] as string) < name) continue;
    if (length > FEW_NAMES) {
      names.sort();
      return;
    }
    let place = end;
    while (place > 0 && (names[place - 1] as string) > name) {
      names[place] = names[place - 1] as string;
      place -= 1;
    }
    names[place] = name;
  }
}

/**
 * Leaves out the symbols of hidden properties.
 *
 * @param value - the object that has the properties
 * @param symbols - its own symbols
 * @returns those whose properties are enumerable
 */
export function enumerableSymbols(value: object, symbols: readonly symbol[]): readonly symbol[] {
  if (symbols.length === 0) return symbols;
  return symbols.filter((symbol) => getOwnPropertyDescriptor(value, symbol)?.enumerable === true);
}

/**
 * Writes symbol properties in the order of the symbols' texts.
 *
 * @param value - the object that has them
 * @param symbols - the symbols of its enumerable properties
 * @param out - where the text goes
 */
export function writeSymbolProperties(value: object, symbols: readonly symbol[], out: Sink): void {
  if (symbols.length === 0) return;
  const byText = symbols.map((symbol): [string, symbol] => [symbolText(symbol), symbol]);
  byText.sort((one, other) => (one[0] < other[0] ? -1 : 1));
  const record = value as Readonly<Record<symbol, unknown>>;
  for (const [text, symbol] of byText) {
    out.write(`%${text}`);
    out.value(record[symbol]);
  }
}

/**
 * Writes what a user has added to a built-in object, and the brace that ends it.
 *
 * @param value - the built-in object
 * @param out - where the text goes
 */
export function writeAdditions(value: object, out: Sink): void {
  writeProperties(value, keys(value), out);
  writeSymbolProperties(value, enumerableSymbols(value, getOwnPropertySymbols(value)), out);
  out.write('}');
}

/**
 * The same without symbols, for objects of the platform: some runtimes keep their state there.
 *
 * @param value - the built-in object
 * @param out - where the text goes
 */
export function writePlatformAdditions(value: object, out: Sink): void {
  writeProperties(value, keys(value), out);
  out.write('}');
}
