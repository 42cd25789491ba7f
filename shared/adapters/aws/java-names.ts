/**
 * Step Functions calls services through the AWS SDK for Java, and its names are what users write in
 * Arguments and ErrorEquals: `DbInstanceIdentifier`, `DynamoDb.DynamoDbException`. These are that SDK's
 * rules. Source: Step Functions developer guide, AWS SDK service integrations; recorded errors.
 */

/** The words of a name, by its capitals and digits: `DynamoDB` has two. */
const wordsOf = (name: string): readonly string[] =>
  name
    .replace(/[^A-Za-z0-9]+/g, " ")
    .replace(/([^a-z]{2,})v([0-9]+)/g, "$1 v$2 ")
    .replace(/([^A-Z]{2,})V([0-9]+)/g, "$1 V$2 ")
    .replace(/([a-z])(?=[A-Z][A-Za-z0-9])/g, "$1 ")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .replace(/([0-9])([A-Za-z])/g, "$1 $2")
    .split(" ")
    .filter((word) => word !== "");

const inPascalCase = (name: string): string =>
  wordsOf(name)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
    .join("");

/** The prefix of errors of a service: `CloudWatch Logs` gives `CloudWatchLogs`, `SFN` gives `Sfn`. */
export const javaServiceName = (serviceId: string): string =>
  inPascalCase(serviceId)
    .replace(/^(Amazon|Aws)(?=.)/, "")
    .replace(/(?<=.)Service$/, "");

const withSuffix = (name: string): string => `${name.replace(/(Exception|Fault)$/, "")}Exception`;

/** The name of a modelled error in version 2 of that SDK: `NoSuchKey` gives `NoSuchKeyException`. */
export const javaExceptionName = (error: string): string =>
  withSuffix(inPascalCase(error.replace(/(Exception|Fault)$/, "")));

/** The same in version 1, which leaves capitals as they are. */
export const javaExceptionNameBefore = (error: string): string => withSuffix(error);

/** Fields that would be methods of every Java object. */
const renamed: Readonly<Record<string, string>> = { equals: "EqualsValue" };

/** The name of a field: capitals at its beginning become one word (`DBName` gives `DbName`). */
export const javaFieldName = (field: string): string => {
  const known = Object.hasOwn(renamed, field.toLowerCase())
    ? renamed[field.toLowerCase()]
    : undefined;
  if (known !== undefined) return known;
  const leading = /^[A-Z]+/.exec(field)?.[0] ?? "";
  // The last capital begins the next word if a small letter follows.
  const isNext = /^[a-z]/.test(field.slice(leading.length));
  const length = Math.max(1, isNext ? leading.length - 1 : leading.length);
  const first = field.slice(0, length).toLowerCase();
  return first.charAt(0).toUpperCase() + first.slice(1) + field.slice(length);
};
