/**
 * Shapes for GEOSHAPE fields: read from WKT, and asked how they lie to each other.
 *
 * @module
 */

export { type Extent, extentOf } from "./shapes/extent.ts";
export { isRelated, type Relation } from "./shapes/relations.ts";
export type { CoordinateSystem, Shape } from "./shapes/shape.ts";
export { parseShape } from "./shapes/validity.ts";
export { ShapeError } from "./shapes/wkt.ts";
