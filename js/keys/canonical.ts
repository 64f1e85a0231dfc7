import { type Components, findComponents } from './components.ts';
import { type Graph, type GraphNode, type Members, type Part, readGraph } from './graph.ts';

/**
 * How many nodes may be written to describe one cycle from each of its entries. Beyond that it is
 * described once, from an entry chosen by content.
 */
const MAX_CYCLE_WORK = 1 << 16;

/**
 * Encodes arguments of any size, depth and wiring in a text linear in what they take in memory.
 *
 * Every distinct structure is defined once and referred to by its number. Numbers are given level
 * by level, what refers to nothing first, so that a definition refers to smaller numbers only; the
 * last one is the arguments themselves. A cycle is one definition: the list of its nodes, in the
 * order in which they are met from where it is entered.
 *
 * Outside of cycles neither the order of set and map members counts nor which equal parts are one
 * object. Inside of a cycle both do.
 *
 * @param args - the arguments of a call
 * @returns a text that starts with `&`, which no other encoded value does
 */
export function encodeGraph(args: readonly unknown[]): string {
  return new Namer(readGraph(args)).text();
}

/** One cycle as it is met from one of its nodes. */
interface Walk {
  readonly component: number;
  /** For each node met so far its place in the definition. */
  readonly places: Map<number, number>;
  readonly order: number[];
}

class Namer {
  readonly #graph: Graph;
  readonly #components: Components;
  /** For each node the text that refers to it, once its structure has a number. */
  readonly #references: string[] = [];
  /** The number of each structure, by its definition. */
  readonly #numbers = new Map<string, number>();
  readonly #definitions: string[] = [];
  /** For each cycle the nodes that are referred to from outside. */
  readonly #entries = new Map<number, number[]>();
  /** The cycles that are described once for all of their entries. */
  readonly #sharedCycles = new Map<number, { definition: string; walk: Walk }>();

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#components = findComponents(graph);
  }

  text(): string {
    const { nodes, ends } = this.#levels();
    // Breadth-first order follows from the structure alone, and spares the sorting, unless the order
    // of a set goes into it, or a cycle, of which it depends on what is shared where it is entered.
    const isSorted = this.#graph.hasOrderlessMembers || this.#components.cycles.size > 0;
    let start = 0;
    for (const end of ends) {
      if (isSorted && end - start > 1) {
        this.#nameSorted(nodes.subarray(start, end));
      } else {
        for (let place = start; place < end; place += 1) this.#name(nodes[place] as number);
      }
      start = end;
    }
    return `&${this.#definitions.join('')}`;
  }

  /** The nodes that need a number, in order, level after level, and where each level ends. */
  #levels(): { nodes: Int32Array; ends: Int32Array } {
    const { of, heights } = this.#components;
    const needed = this.#neededNodes();
    const ends = new Int32Array((heights[of[0] as number] as number) + 1);
    const heightOf = (index: number) => heights[of[index] as number] as number;
    for (const index of needed) ends[heightOf(index)] = (ends[heightOf(index)] as number) + 1;
    let total = 0;
    const next = ends.map((count) => {
      total += count;
      return total - count;
    });
    const nodes = new Int32Array(total);
    for (const index of needed) {
      const place = next[heightOf(index)] as number;
      nodes[place] = index;
      next[heightOf(index)] = place + 1;
    }
    // Each level is full now, up to where the following one starts.
    return { nodes, ends: next };
  }

  /** All nodes but those that only their own cycle refers to. */
  #neededNodes(): number[] {
    const { of, cycles } = this.#components;
    const { targets, starts } = this.#graph;
    const isEntry = new Uint8Array(of.length);
    for (let index = 0; cycles.size > 0 && index < of.length; index += 1) {
      for (let edge = starts[index] as number; edge < (starts[index + 1] as number); edge += 1) {
        const target = targets[edge] as number;
        if (of[target] !== of[index]) isEntry[target] = 1;
      }
    }
    const needed: number[] = [];
    for (let index = 0; index < of.length; index += 1) {
      const component = of[index] as number;
      if (cycles.has(component)) {
        if (isEntry[index] === 0) continue;
        const entries = this.#entries.get(component);
        if (entries === undefined) this.#entries.set(component, [index]);
        else entries.push(index);
      }
      needed.push(index);
    }
    return needed;
  }

  #node(index: number): GraphNode {
    return this.#graph.nodes[index] as GraphNode;
  }

  #nameSorted(level: Int32Array): void {
    const definitions: { index: number; definition: string; place: string }[] = [];
    for (const index of level) definitions.push({ index, ...this.#defineAny(index) });
    definitions.sort((one, other) =>
      one.definition < other.definition ? -1 : Number(one.definition > other.definition),
    );
    for (const { index, definition, place } of definitions) this.#refer(index, definition, place);
  }

  #name(index: number): void {
    const { definition, place } = this.#defineAny(index);
    this.#refer(index, definition, place);
  }

  /** Lets a node be referred to by the number of its structure, a new one if it is the first. */
  #refer(index: number, definition: string, place: string): void {
    let number = this.#numbers.get(definition);
    if (number === undefined) {
      number = this.#definitions.length;
      this.#numbers.set(definition, number);
      this.#definitions.push(definition);
    }
    this.#references[index] = `*${number}${place},`;
  }

  /** The definition of a node or of its cycle and, where it needs to be told, its place there. */
  #defineAny(index: number): { definition: string; place: string } {
    const component = this.#components.of[index] as number;
    const size = this.#components.cycles.get(component);
    if (size === undefined) return { definition: this.#define(this.#node(index)), place: '' };
    const entries = this.#entries.get(component) as readonly number[];
    if (entries.length === 1 || entries.length * size <= MAX_CYCLE_WORK) {
      return { definition: this.#defineCycle(startWalk(component, index)), place: '' };
    }
    let cycle = this.#sharedCycles.get(component);
    if (cycle === undefined) {
      const walk = startWalk(component, this.#chooseEntry(component, entries));
      cycle = { definition: this.#defineCycle(walk), walk };
      this.#sharedCycles.set(component, cycle);
    }
    return { definition: cycle.definition, place: `:${cycle.walk.places.get(index)}` };
  }

  /** The entry whose own content comes first; among equals the one that was met first. */
  #chooseEntry(component: number, entries: readonly number[]): number {
    let chosen = -1;
    let least = '';
    for (const entry of entries) {
      const content = this.#define(this.#node(entry), startWalk(component, entry));
      if (chosen !== -1 && content >= least) continue;
      least = content;
      chosen = entry;
    }
    return chosen;
  }

  #defineCycle(walk: Walk): string {
    let text = '~';
    for (let rank = 0; rank < walk.order.length; rank += 1) {
      text += this.#define(this.#node(walk.order[rank] as number), walk);
    }
    return `${text}.`;
  }

  #define({ parts, members }: GraphNode, walk?: Walk): string {
    if (members === undefined) return this.#join(parts, 0, parts.length, walk);
    return (
      this.#join(parts, 0, members.at, walk) +
      this.#defineMembers(members, walk) +
      this.#join(parts, members.at, parts.length, walk)
    );
  }

  /** Put in order by their texts; nodes first met here, in the midst of a cycle, have theirs by turn. */
  #defineMembers({ parts, width }: Members, walk: Walk | undefined): string {
    const texts: string[] = [];
    for (let start = 0; start < parts.length; start += width) {
      texts.push(this.#join(parts, start, start + width, walk));
    }
    return texts.sort().join('');
  }

  /** Whether a part refers to a node of the cycle that is being defined. */
  #isInside(part: number, walk: Walk | undefined): walk is Walk {
    return this.#components.of[part] === walk?.component;
  }

  #join(parts: readonly Part[], start: number, end: number, walk: Walk | undefined): string {
    let text = '';
    for (let index = start; index < end; index += 1) {
      const part = parts[index] as Part;
      if (typeof part === 'string') text += part;
      else text += this.#isInside(part, walk) ? placeOf(part, walk) : this.#references[part];
    }
    return text;
  }
}

function startWalk(component: number, entry: number): Walk {
  return { component, places: new Map([[entry, 0]]), order: [entry] };
}

/** Refers to a node from inside of its cycle. */
function placeOf(index: number, walk: Walk): string {
  let place = walk.places.get(index);
  if (place === undefined) {
    place = walk.order.length;
    walk.places.set(index, place);
    walk.order.push(index);
  }
  return `^${place},`;
}
