/**
 * The shapes of a field, of all documents: read from their texts when they are first asked for.
 *
 * @module
 */

import {
  type Extent,
  extentOf,
  isRelated,
  parseShape,
  type Relation,
  type Shape,
  ShapeError,
} from "../../store/geo/shapes.ts";
import { CommandError } from "../../store/values/errors.ts";
import type { GeoShapeField } from "./definition.ts";

/** Bytes of memory that a shape takes, about. */
const SHAPE_BYTES = 400;

/** A shape of a document. */
interface PlacedShape {
  readonly number: number;
  readonly shape: Shape;
  readonly extent: Extent;
}

/** How a field's shapes are laid out. */
export function systemOf({ coordinates }: GeoShapeField): "flat" | "spherical" {
  return coordinates === "FLAT" ? "flat" : "spherical";
}

/** What is wrong with the text of a shape; undefined if nothing is. */
export function shapeProblem(text: string, field: GeoShapeField): string | undefined {
  try {
    parseShape(text, systemOf(field));
    return undefined;
  } catch (error) {
    if (error instanceof ShapeError) return error.message;
    throw error;
  }
}

function verticesOf(shape: Shape): number {
  return shape.type === "point" ? 1 : shape.rings.reduce((sum, ring) => sum + ring.length, 0);
}

/** Shapes in the order of their documents. */
export class Shapes {
  readonly #field: GeoShapeField;
  readonly #shapes: PlacedShape[] = [];
  /** Documents with a number up to here are known. */
  to = 0;

  constructor(field: GeoShapeField) {
    this.#field = field;
  }

  /** Adds a document's shape. */
  add(number: number, text: string): void {
    const system = systemOf(this.#field);
    const shape = parseShape(text, system);
    this.#shapes.push({ number, shape, extent: extentOf(shape, system) });
  }

  /**
   * The documents whose shapes relate to another as asked.
   *
   * @param step Counts work; what it throws ends the search.
   * @throws {CommandError} If the text is no shape.
   */
  related(relation: Relation, text: string, step: (steps: number) => void): number[] {
    const system = systemOf(this.#field);
    let query: Shape;
    try {
      query = parseShape(text, system);
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      throw new CommandError(`Error querying geoshape index: ${error.message}`);
    }
    const extent = extentOf(query, system);
    const vertices = verticesOf(query);
    const found: number[] = [];
    for (const { number, shape, extent: own } of this.#shapes) {
      step(1);
      const apart = own.maxX < extent.minX || own.minX > extent.maxX || own.maxY < extent.minY ||
        own.minY > extent.maxY;
      if (!apart) step(verticesOf(shape) * vertices);
      const related = apart ? relation === "DISJOINT" : isRelated(relation, shape, query, system);
      if (related && found.at(-1) !== number) found.push(number);
    }
    return found;
  }

  /** Bytes of memory, about. */
  get bytes(): number {
    return SHAPE_BYTES * this.#shapes.length;
  }
}
