import { describe } from './describe.ts';
import { type Description, description, descriptionText } from './description.ts';
import { primitiveText, stringText } from './primitive-text.ts';

/** Longer texts become nodes, so that a repeated one is in the key once. Shorter ones are written where they occur. */
const MAX_INLINE_CHARS = 128;

/** A strongly connected component: a cycle and all cycles that share nodes with it, or a single node. */
export interface Component {
  readonly memberNodes: readonly GraphNode[];
  /** The longest path down to a component that refers to no other. */
  readonly level: number;
  /** The number of its definition in the key, from 1. */
  definitionNumber: number;
}

/** An object or a long string among the arguments. Each is read once. */
export class GraphNode {
  /** The texts and nodes of its values. */
  readonly valueLinks: (string | GraphNode)[] = [];
  /** Its index in Tarjan's algorithm; -1 until a nested object shows that the node may be in a cycle. */
  visitIndex = -1;
  /** The least index on the stack that the node leads back to. */
  lowLink = -1;
  ownComponent: Component | undefined;
  /** Its text, if that refers to no node. */
  fullText: string | undefined;
  /** Another node with the same meaning, or the node itself: see {@link representativeOf}. */
  sameAs: GraphNode = this;
  /** Its position in the definition of its component. */
  positionInCycle = 0;

  constructor(
    readonly sourceValue: unknown,
    readonly described: Description,
  ) {}
}

/** The one node that is written for all equivalent nodes of a cycle: those that no path from them can tell apart. */
export function representativeOf(node: GraphNode): GraphNode {
  let found = node;
  while (found.sameAs !== found) {
    found.sameAs = found.sameAs.sameAs;
    found = found.sameAs;
  }
  return found;
}

/**
 * Writes a node.
 *
 * @param positions the positions of nodes in the definition of their component; a node without one gets the next.
 * Without this, all references within the component are written alike.
 */
export function nodeText(node: GraphNode, positions?: Map<GraphNode, number>): string {
  const texts = node.valueLinks.map((link) => {
    if (typeof link === 'string') return link;
    const { ownComponent } = link;
    if (ownComponent !== node.ownComponent) {
      return `*${ownComponent?.definitionNumber}:${representativeOf(link).positionInCycle},`;
    }
    if (positions?.has(link) === false) positions.set(link, positions.size);
    return `^${positions?.get(link) ?? ''},`;
  });
  return descriptionText(node.described, texts);
}

/**
 * Reads everything that can be reached from the arguments, each object once, and finds the strongly connected
 * components: Tarjan's algorithm with an explicit stack instead of recursion.
 *
 * @returns the components by level; the last one is the arguments themselves
 */
export function readGraph(args: readonly unknown[]): Component[][] {
  const nodes = new Map<unknown, GraphNode>();
  const levels: Component[][] = [];
  /** The nodes from the arguments to the current one. */
  const path = [new GraphNode(args, description('', args))];
  /** The nodes with an index and without a component. */
  const stack: GraphNode[] = [];

  for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
    const { described, valueLinks } = node;
    if (valueLinks.length < described.valueCount) {
      valueLinks.push(linkTo(described.heldValues[valueLinks.length], node));
      continue;
    }
    path.pop();
    const parent = path.at(-1);
    if (node.lowLink < node.visitIndex) {
      (parent as GraphNode).lowLink = Math.min((parent as GraphNode).lowLink, node.lowLink);
      continue;
    }
    if (valueLinks.every((link) => typeof link === 'string')) {
      node.fullText = descriptionText(described, valueLinks);
      if (parent !== undefined && isShort(node.fullText)) {
        parent.valueLinks[parent.valueLinks.length - 1] = node.fullText;
        if (stack.at(-1) === node) stack.pop();
        continue;
      }
    }
    addToStack(node);
    const memberNodes = stack.splice(stack.lastIndexOf(node));
    let level = 0;
    for (const { valueLinks } of memberNodes) {
      for (const link of valueLinks) {
        const below = typeof link === 'string' ? undefined : link.ownComponent;
        if (below !== undefined && below.level >= level) level = below.level + 1;
      }
    }
    const component = { memberNodes, level, definitionNumber: 0 };
    for (const member of memberNodes) member.ownComponent = component;
    if (levels.length === level) levels.push([]);
    (levels[level] as Component[]).push(component);
  }
  return levels;

  function addToStack(node: GraphNode): void {
    if (node.visitIndex >= 0) return;
    node.visitIndex = nodes.size;
    node.lowLink = nodes.size;
    nodes.set(node.sourceValue, node);
    stack.push(node);
  }

  /** The text of a short value, else its node. A new node is read next. */
  function linkTo(value: unknown, from: GraphNode): string | GraphNode {
    const isText = typeof value === 'string';
    if (isText ? isShort(value) : typeof value !== 'object' || value === null) {
      return primitiveText(value);
    }
    addToStack(from);
    const known = nodes.get(value);
    if (known === undefined) {
      const described = isText ? description(stringText(value)) : describe(value as object);
      if (described.valueCount === 0 && isShort(described.headText)) return described.headText;
      const node = new GraphNode(value, described);
      path.push(node);
      return node;
    }
    if (isShort(known.fullText)) return known.fullText;
    if (known.ownComponent === undefined) from.lowLink = Math.min(from.lowLink, known.visitIndex);
    return known;
  }
}

function isShort(text: string | undefined): text is string {
  return text !== undefined && text.length <= MAX_INLINE_CHARS;
}
