/** Resources of the activities by which a Map state has its map run, and a map run its children and results. */

/** Starts the map run of a Map state. */
export const mapRunResource = "holdfast:map-run:run";

/** Starts the child of a map run that works on an item or a batch. */
export const mapItemResource = "holdfast:map-run:item";

/** Collects or writes the results of a map run's children. */
export const mapResultsResource = "holdfast:map-run:results";

/** Whether an activity starts an execution that is a part of its own process. */
export const startsPart = (resource: string): boolean =>
  resource === mapRunResource || resource === mapItemResource;
