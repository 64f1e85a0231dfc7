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
    const defined = [...level].map((node) => ({ node, ...define(node) }));
    defined.sort((one, other) => (one.text < other.text ? -1 : one.text > other.text ? 1 : 0));
    let last: string | undefined;
    for (const { node, text: definition, places } of defined) {
      if (definition !== last) {
        last = definition;
        text += definition;
        count += 1;
      }
      node.reference = `*${count}:${places.get(node)},`;
    }
  }
  return text;
}

/** Describes the component of a node. */
function define(node: Node): Definition {
  const component = node.component as Component;
  if (component.entries.size * component.size <= MAX_CYCLE_WORK) return defineFrom(node);
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
function chooseEntry(entries: ReadonlySet<Node>): Node {
  const contents = [...entries].map((entry) => ({
    entry,
    text: nodeText(entry, new Map([[entry, 0]])),
  }));
  return contents.reduce((one, other) => (other.text < one.text ? other : one)).entry;
}

/** Nodes of the same component are referred to by their places, which they get in turn. */
function nodeText({ described, values, component }: Node, places: Map<Node, number>): string {
  const linkText = (link: string | Node) => {
    if (typeof link === 'string') return link;
    if (link.component !== component) return link.reference;
    if (!places.has(link)) places.set(link, places.size);
    return `^${places.get(link)},`;
  };
  const { text, ordered, width } = described;
  const texts = values.map(linkText);
  return text + texts.slice(0, ordered).join('') + membersText(texts, ordered, width);
}
