/** Writes the results of a map run through the activity that its ResultWriter names. */
import type { PlanWriter } from "#core/execution/map-run/plan.ts";
import { isJsonObject, type Json, printJson } from "#core/json.ts";
import { byteCountOf } from "#core/map-run/batches.ts";
import {
  type EndedChild,
  exportedOutput,
  manifestOf,
  type ResultFile,
  resultFileName,
  resultFileText,
  resultsOf,
} from "#core/map-run/results.ts";
import type { ActivityRequest, ActivityResult, ActivityRunner } from "#ports/activity-runner.ts";

/** Characters of results in one file. */
const fileSizeMax = 4_194_304;

/** A file could not be written: what the activity said. */
class WriteFailed extends Error {
  override readonly name = "WriteFailed";
}

type Status = "SUCCEEDED" | "FAILED";

/** What is to be written for which map run. */
interface WriteRequest {
  readonly name: string;
  readonly mapRunArn: string;
  readonly writer: PlanWriter;
}

/** The results of one status on their way into files. */
interface Pile {
  readonly status: Status;
  readonly files: ResultFile[];
  results: Json[];
  size: number;
}

const pileOf = (status: Status): Pile => ({ status, files: [], results: [], size: 0 });

class ResultFiles {
  readonly #runner: ActivityRunner;
  readonly #asked: ActivityRequest;
  readonly #writer: PlanWriter;
  readonly #prefix: string;
  readonly succeeded = pileOf("SUCCEEDED");
  readonly failed = pileOf("FAILED");

  constructor(runner: ActivityRunner, asked: ActivityRequest, request: WriteRequest) {
    const { writer, name } = request;
    this.#runner = runner;
    this.#asked = asked;
    this.#writer = writer;
    const given = isJsonObject(writer.arguments) ? writer.arguments["Prefix"] : undefined;
    const prefix = typeof given === "string" ? given.replace(/\/+$/, "") : "";
    this.#prefix = prefix === "" ? name : `${prefix}/${name}`;
  }

  async add(child: EndedChild): Promise<void> {
    const pile = child.status === "SUCCEEDED" ? this.succeeded : this.failed;
    for (const result of resultsOf(child, this.#writer.transformation)) {
      pile.results.push(result);
      pile.size += printJson(result).length;
    }
    if (pile.size >= fileSizeMax) await this.#close(pile);
  }

  async finish(): Promise<void> {
    for (const pile of [this.succeeded, this.failed])
      if (pile.results.length > 0) await this.#close(pile);
  }

  async write(name: string, text: string): Promise<ResultFile> {
    const key = `${this.#prefix}/${name}`;
    const given = isJsonObject(this.#writer.arguments) ? this.#writer.arguments : {};
    const { Prefix: _, ...others } = given;
    const resource = this.#writer.resource ?? "";
    const parameters: Json = resource.startsWith("holdfast:")
      ? { ...others, path: key, text }
      : { ...others, Key: key, Body: text };
    const { executionId, process, state, activity, attempt, signal, heartbeat } = this.#asked;
    const result = await this.#runner.run({
      ...{ executionId, process, state, activity, attempt, signal, heartbeat },
      resource,
      parameters,
      // A file is written at once: nothing goes on from a part of it.
      saveCheckpoint: async () => undefined,
    });
    if (result.kind === "failed") throw new WriteFailed(`${result.error}: ${result.cause}`);
    return { key, size: byteCountOf(text) };
  }

  async #close(pile: Pile): Promise<void> {
    const name = resultFileName(pile.status, pile.files.length, this.#writer);
    pile.files.push(await this.write(name, resultFileText(pile.results, this.#writer)));
    pile.results = [];
    pile.size = 0;
  }
}

const failed = (cause: string): ActivityResult => ({
  kind: "failed",
  error: "States.ResultWriterFailed",
  cause,
});

/** Writes the files and answers where they are. To do it again writes the same files. */
export const writeResults = async (
  runner: ActivityRunner,
  written: {
    readonly asked: ActivityRequest;
    readonly request: WriteRequest;
    readonly pages: AsyncIterable<readonly EndedChild[]>;
  },
): Promise<ActivityResult> => {
  const { mapRunArn, writer } = written.request;
  const files = new ResultFiles(runner, written.asked, written.request);
  const bucket = isJsonObject(writer.arguments) ? writer.arguments["Bucket"] : undefined;
  const place = typeof bucket === "string" ? bucket : "files";
  try {
    for await (const children of written.pages)
      for (const child of children) await files.add(child);
    await files.finish();
    const manifest = manifestOf({
      bucket: place,
      mapRunArn,
      succeeded: files.succeeded.files,
      failed: files.failed.files,
      pending: [],
    });
    const { key } = await files.write("manifest.json", printJson(manifest));
    return { kind: "succeeded", output: exportedOutput(mapRunArn, { bucket: place, key }) };
  } catch (error) {
    if (!(error instanceof WriteFailed)) throw error;
    return failed(error.message);
  }
};
