export {
  type AccountGraph,
  type AccountLinks,
  type GraphEdge,
  type GraphNode,
  accountGraph,
  penWidth,
} from './account-graph.js';
export { dotOf } from './dot.js';
export { type CircleLayout, layoutCircle, type PlacedNode } from './layout-circle.js';
export { edgePath, svgOf } from './svg.js';
