import { membersText } from './description.ts';
import { type Component, type Definition, type Node, readGraph } from './graph.ts';

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
 * last one is the arguments themselves. A cycle is one definition: its nodes in the order in which
 * they are met from where it is entered. Any other node is defined as a cycle of one.
 *
 * Outside of cycles neither the order of set and map members counts nor which equal parts are one
 * object. Inside of a cycle both do.
 *
 * @param args - the arguments of a call
 * @returns a text that starts with `&`, which no other encoded value does
 */
export function encodeGraph(args: readonly unknown[]): string {
  let text = '&';
  let count = 0;
  for (const level of readGraph(args)) {
    const alike = new Map<string, Node[]>();
    for (const node of level) {
      const { text: definition, places } = define(node);
      const place = places.get(node);
      // Another node's definition gives it another place.
      node.reference = place === 0 ? '' : `:${place}`;
      const others = alike.get(definition);
      if (others === undefined) alike.set(definition, [node]);
      else others.push(node);
    }
    for (const definition of [...alike.keys()].sort()) {
      text += definition;
      for (const node of alike.get(definition) as Node[]) {
        node.reference = `*${count}${node.reference},`;
      }
      count += 1;
    }
  }
  return text;
}

/** Describes the component of a node. */
function define(node: Node): Definition {
  const component = node.component as Component;
  if (component.entries.length * component.size <= MAX_CYCLE_WORK) return defineFrom(node);
  component.definition ??= defineFrom(chooseEntry(component.entries));
  return component.definition;
}

function defineFrom(entry: Node): Definition {
  const places = new Map([[entry, 0]]);
  let text = '';
  // More are added on the way.
  for (const node of places.keys()) text += nodeText(node, places);
  return { text, places };
}

/** The entry whose own content comes first; among equals the one that was met first. */
function chooseEntry(entries: readonly Node[]): Node {
  const contents = entries.map((entry) => nodeText(entry, new Map([[entry, 0]])));
  const least = contents.reduce((one, other) => (other < one ? other : one));
  return entries[contents.indexOf(least)] as Node;
}

/** Nodes of the same component are referred to by their places, which they get in turn. */
function nodeText({ described, values, component }: Node, places: Map<Node, number>): string {
  const linkText = (link: string | Node | undefined) => {
    if (typeof link !== 'object') return link ?? '';
    if (link.component !== component) return link.reference;
    if (!places.has(link)) places.set(link, places.size);
    return `^${places.get(link)},`;
  };
  const { text, ordered, width } = described;
  let all = text;
  for (let index = 0; index < ordered; index += 1) all += linkText(values[index]);
  return all + membersText(values, ordered, width, linkText);
}
