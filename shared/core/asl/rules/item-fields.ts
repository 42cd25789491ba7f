import { dynamic, path, template } from "../expressions.ts";
import { type Check, checkObject, checkOneOf, type Field, type Fields } from "../fields.ts";
import { integerFrom, listOf, oneOf, text } from "../values.ts";

const positive: Field = { check: dynamic(integerFrom(1)) };
const jsonPath = (check: Check): Field => ({ check, language: "JSONPath" });

const readerConfig: Fields = {
  InputType: { check: dynamic(oneOf("CSV", "JSON", "JSONL", "MANIFEST", "PARQUET")) },
  Transformation: { check: oneOf("NONE", "LOAD_AND_FLATTEN") },
  ManifestType: { check: oneOf("ATHENA_DATA", "S3_INVENTORY") },
  CSVDelimiter: { check: oneOf("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB") },
  CSVHeaderLocation: { check: oneOf("FIRST_ROW", "GIVEN") },
  CSVHeaders: { check: listOf(text, { minCount: 1 }) },
  ItemsPointer: { check: text },
  MaxItems: { check: dynamic(integerFrom(0)) },
  MaxItemsPath: jsonPath(path),
};

const writerConfig: Fields = {
  OutputType: { check: oneOf("JSON", "JSONL") },
  Transformation: { check: oneOf("NONE", "COMPACT", "FLATTEN") },
};

const configured =
  (noun: string, fields: Fields): Check =>
  (scope, value) => {
    const config = checkObject(scope, value, { noun, fields });
    if (config !== undefined)
      checkOneOf(scope, config, { names: ["MaxItems", "MaxItemsPath"], noun });
  };

const reader: Fields = {
  Resource: { check: text, isRequired: true },
  Parameters: jsonPath(template),
  Arguments: { check: template, language: "JSONata" },
  ReaderConfig: { check: configured("ReaderConfig", readerConfig) },
};

const batcher: Fields = {
  MaxItemsPerBatch: positive,
  MaxItemsPerBatchPath: jsonPath(path),
  MaxInputBytesPerBatch: positive,
  MaxInputBytesPerBatchPath: jsonPath(path),
  BatchInput: { check: template },
};

const writer: Fields = {
  Resource: { check: text },
  Parameters: jsonPath(template),
  Arguments: { check: template, language: "JSONata" },
  WriterConfig: { check: configured("WriterConfig", writerConfig) },
};

const objectOf =
  (noun: string, fields: Fields): Check =>
  (scope, value) => {
    checkObject(scope, value, { noun, fields });
  };

/** Where the items of a distributed Map come from, how they are bundled, where results go. */
export const itemFields: Fields = {
  ItemReader: { check: objectOf("ItemReader", reader) },
  ItemBatcher: {
    check: (scope, value) => {
      const noun = "ItemBatcher";
      const object = checkObject(scope, value, { noun, fields: batcher });
      if (object === undefined) return;
      checkOneOf(scope, object, { names: ["MaxItemsPerBatch", "MaxItemsPerBatchPath"], noun });
      const bytes = ["MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"];
      checkOneOf(scope, object, { names: bytes, noun });
    },
  },
  ResultWriter: { check: objectOf("ResultWriter", writer) },
};
