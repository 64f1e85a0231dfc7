import { describe } from './describe.ts';
import { type Description, description } from './description.ts';
import { primitiveText, stringText } from './text.ts';

/** Longer strings become nodes of their own, so that a repeated one is in the key once. */
const LONG_STRING = 256;

/** A node and those that it is in a cycle with. */
export interface Component {
  readonly size: number;
  /** The longest way down: more than that of any component it refers to. */
  height: number;
  /** The nodes that are referred to from other components. */
  readonly entries: Node[];
  /** The text that describes it for all of its entries, where there are too many of them. */
  definition?: string;
}

/** An object (or long string) of the arguments, read once and taken apart. */
export class Node {
  readonly text: string;
  /** What it holds: values at first, then texts and nodes. */
  readonly links: unknown[];
  /** Where among the links its members begin: groups of `width`, in any order. */
  readonly at: number;
  readonly width: number;
  /** How many of the links have been followed. */
  followed = 0;
  /** When it was met, and the earliest met node without component that it leads back to. */
  readonly met: number;
  low: number;
  component: Component | undefined;
  isEntry = false;
  /** What refers to it from another component. */
  reference = '';
  /** The last list that it was in of its component's nodes, and its place there. */
  list: readonly Node[] | undefined;
  place = 0;

  constructor({ text, parts, members, width }: Description, met: number) {
    this.text = text;
    this.links = [...parts, ...members];
    this.at = parts.length;
    this.width = width;
    this.met = met;
    this.low = met;
  }
}

/**
 * Reads everything that can be reached from the arguments, each object once and without recursion,
 * and finds what is in a cycle with what: Tarjan's algorithm, with a stack of its own.
 *
 * @param args - the arguments of a call
 * @returns the nodes that are referred to from other components, by the height of their own; the
 * last one is the arguments themselves
 */
export function readGraph(args: readonly unknown[]): Node[][] {
  const nodes = new Map<unknown, Node>();
  const levels: Node[][] = [];
  /** The way to where the search is, and the nodes that have no component yet. */
  const path: Node[] = [];
  const open: Node[] = [];
  let clock = 0;

  const root = meet(description('', args));
  for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
    if (node.followed < node.links.length) {
      node.links[node.followed] = follow(node, node.links[node.followed]);
      node.followed += 1;
    } else {
      path.pop();
      const parent = path.at(-1);
      if (parent !== undefined) parent.low = Math.min(parent.low, node.low);
      if (node.low === node.met) close(open.splice(open.lastIndexOf(node)));
    }
  }
  enter(root);
  return levels;

  function meet(described: Description): Node {
    clock += 1;
    const node = new Node(described, clock);
    path.push(node);
    open.push(node);
    return node;
  }

  /** What a value becomes that a node holds. */
  function follow(from: Node, value: unknown): string | Node {
    const isLong = typeof value === 'string' && value.length > LONG_STRING;
    if (!isLong && (typeof value !== 'object' || value === null)) return primitiveText(value);
    const known = nodes.get(value);
    if (known === undefined) {
      const node = meet(isLong ? description(stringText(value)) : describe(value as object));
      nodes.set(value, node);
      return node;
    }
    if (known.component === undefined) from.low = Math.min(from.low, known.met);
    return known;
  }

  function close(members: readonly Node[]): void {
    const component: Component = { size: members.length, height: 0, entries: [] };
    for (const node of members) node.component = component;
    for (const { links } of members) {
      for (const link of links) {
        if (link instanceof Node && link.component !== component) {
          component.height = Math.max(component.height, enter(link) + 1);
        }
      }
    }
  }

  /** Notes that a node is referred to; gives its height. */
  function enter(node: Node): number {
    const { height, entries } = node.component as Component;
    if (!node.isEntry) {
      node.isEntry = true;
      entries.push(node);
      levels[height] ??= [];
      (levels[height] as Node[]).push(node);
    }
    return height;
  }
}
