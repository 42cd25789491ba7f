import { openEmbeddedPlatform } from "#platforms/embedded/embedded-platform.ts";
import { systemClock, systemEntropy } from "#platforms/embedded/system-clock.ts";

try {
  const p = openEmbeddedPlatform({
    directory: process.argv[2]!,
    clock: systemClock,
    entropy: systemEntropy,
  });
  console.log("opened");
  await p.close();
} catch (e: any) {
  console.log(e.code, e.message, e.action, e.stack?.slice(0, 300));
}
