#!/usr/bin/env node
// The only file of the command that every Node.js since 20 can read: it finds a Node.js that is new
// enough and gives way to it. In a clone it runs the sources, in an installed package the bundle.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import os from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const nodeMajorMin = 24;
const nodeMajor = Number.parseInt(process.versions.node, 10);

/** The Node.js that was installed beside Holdfast, as the npm package `node`. */
const pinnedNode = () => {
  try {
    const manifest = module.createRequire(import.meta.url).resolve("node/package.json");
    const path = join(dirname(manifest), "bin", process.platform === "win32" ? "node.exe" : "node");
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
};

const runUnder = (node) => {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  // A terminal signals the child as well: then a signal comes twice, which the command expects.
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  const pass = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, pass);
  child.on("error", (error) => {
    console.error(`Cannot run ${node}: ${error.message}`);
    process.exit(2);
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    for (const name of signals) process.off(name, pass);
    process.kill(process.pid, signal);
    // Where the signal does not end this process, the exit code says what happened, as a shell does.
    setTimeout(() => process.exit(128 + os.constants.signals[signal]), 100);
  });
};

const refuse = (why) => {
  console.error(
    `Holdfast needs Node.js ${nodeMajorMin} or newer; this is ${process.version}, ${why}.\n` +
      (existsSync(new URL("./main.ts", import.meta.url))
        ? "Install the pinned one with: npm ci --include=dev (its install scripts must be allowed)\n"
        : `Run it with: npx --package=node@${nodeMajorMin} --package=holdfast holdfast\n`) +
      "or install a newer Node.js from https://nodejs.org",
  );
  process.exitCode = 2;
};

if (nodeMajor >= nodeMajorMin) {
  module.enableCompileCache?.();
  const source = new URL("./main.ts", import.meta.url);
  const bundle = new URL("../dist/holdfast.js", import.meta.url);
  const { main } = await import((existsSync(source) ? source : bundle).href);
  await main(process.argv);
} else {
  const node = pinnedNode();
  if (node === undefined) refuse("and no newer one is installed beside Holdfast");
  else if (node === process.execPath) refuse("and so is the one installed beside Holdfast");
  else runUnder(node);
}
