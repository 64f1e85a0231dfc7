import { writeObject } from './objects.ts';
import { nameText, primitiveText, type Sink } from './text.ts';

/** Longer strings become nodes of their own, so that a repeated one is in the key once. */
const LONG_STRING = 256;

/** A piece of a node: text as it stands, or the index of another node. */
export type Part = string | number;

/** An object (or long string) of the arguments, read once and taken apart. */
export interface GraphNode {
  readonly parts: Part[];
  /** What a set or map holds. */
  members: Members | undefined;
}

/** Groups of `width` parts whose order does not count. */
export interface Members {
  readonly parts: readonly Part[];
  readonly width: 1 | 2;
  /** Before which of the node's own parts they go. */
  readonly at: number;
}

/** All that can be reached from the arguments, which are themselves node 0. */
export interface Graph {
  /** In breadth-first order: independent of what is shared and what is repeated. */
  readonly nodes: readonly GraphNode[];
  /** What the nodes refer to, one node after the other. */
  readonly targets: readonly number[];
  /** For each node where its targets begin, and at last where they end. */
  readonly starts: readonly number[];
  /** Whether some set or map has several members, so that reading order depends on theirs. */
  readonly hasOrderlessMembers: boolean;
}

/**
 * Reads everything that can be reached from the arguments, each object once and without recursion.
 *
 * @param args - the arguments of a call
 * @returns the graph that they are
 */
export function readGraph(args: readonly unknown[]): Graph {
  const reader = new Reader();
  reader.read(args);
  return reader;
}

class Reader implements Graph, Sink {
  readonly nodes: GraphNode[] = [];
  readonly targets: number[] = [];
  readonly starts: number[] = [];
  hasOrderlessMembers = false;
  /** Index 0 is taken: the arguments themselves are no value that anything could refer to. */
  readonly #found: unknown[] = [undefined];
  readonly #indices = new Map<unknown, number>();
  #node: GraphNode = { parts: [], members: undefined };
  /** Whether text is to start a part of its own. */
  #isApart = true;

  read(args: readonly unknown[]): void {
    this.#open();
    for (let index = 0; index < args.length; index += 1) this.value(args[index]);
    for (let index = 1; index < this.#found.length; index += 1) {
      const value = this.#found[index];
      this.#open();
      if (typeof value === 'object' && value !== null) writeObject(value, this);
      else this.write(primitiveText(value));
    }
    this.starts.push(this.targets.length);
  }

  write(text: string): void {
    const { parts } = this.#node;
    if (this.#isApart) parts.push(text);
    else parts[parts.length - 1] += text;
    this.#isApart = false;
  }

  value(value: unknown): void {
    if (isNode(value)) this.#refer(value, this.#node.parts);
    else this.write(primitiveText(value));
  }

  property(name: string, value: unknown): void {
    if (isNode(name)) this.#refer(name, this.#node.parts);
    else this.write(nameText(name));
    this.value(value);
  }

  members(values: readonly unknown[], width: 1 | 2): void {
    if (values.length === 0) return;
    if (values.length > width) this.hasOrderlessMembers = true;
    const parts: Part[] = [];
    for (let index = 0; index < values.length; index += 1) {
      const value = values[index];
      if (isNode(value)) this.#refer(value, parts);
      else parts.push(primitiveText(value));
    }
    this.#node.members = { parts, width, at: this.#node.parts.length };
    this.#isApart = true;
  }

  reserve(): void {}

  #open(): void {
    this.#node = { parts: [], members: undefined };
    this.#isApart = true;
    this.nodes.push(this.#node);
    this.starts.push(this.targets.length);
  }

  #refer(value: unknown, parts: Part[]): void {
    let index = this.#indices.get(value);
    if (index === undefined) {
      index = this.#found.length;
      this.#indices.set(value, index);
      this.#found.push(value);
    }
    parts.push(index);
    this.targets.push(index);
    this.#isApart = true;
  }
}

function isNode(value: unknown): boolean {
  if (typeof value === 'string') return value.length > LONG_STRING;
  return typeof value === 'object' && value !== null;
}
