import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { OrchestratorError } from "#core/errors.ts";
import type { Certificate } from "./listen.ts";

const invalid = (message: string, cause?: unknown): OrchestratorError =>
  new OrchestratorError("request-invalid", message, {
    action: "give PEM files: --tls-cert with the certificate and its chain, --tls-key with its key",
    cause,
  });

const read = <T>(file: string, what: string, parse: (text: string) => T) => {
  try {
    const text = readFileSync(file, "utf8");
    return { text, parsed: parse(text) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw invalid(`${file} cannot be used as ${what}: ${why}`, error);
  }
};

/** Reads a certificate and its key. Throws `request-invalid` where they are not, or do not go together. */
export const readCertificate = (files: {
  readonly certFile: string;
  readonly keyFile: string;
}): Certificate => {
  const cert = read(files.certFile, "a certificate", (text) => new X509Certificate(text));
  const key = read(files.keyFile, "the key of a certificate", (text) => createPrivateKey(text));
  if (!cert.parsed.checkPrivateKey(key.parsed))
    throw invalid(`${files.keyFile} is not the key of the certificate in ${files.certFile}`);
  return { cert: cert.text, key: key.text };
};
