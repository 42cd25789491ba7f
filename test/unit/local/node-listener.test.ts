import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { nodeListener } from "#local/node-listener.ts";
import type { AnswerRequest, OutgoingAnswer } from "#northbound/exchange.ts";

const text = (body: string, more: Partial<OutgoingAnswer> = {}): OutgoingAnswer => ({
  status: 200,
  headers: { "content-type": "text/plain" },
  body,
  ...more,
});

const listening = async (answer: AnswerRequest) => {
  const failures: unknown[] = [];
  const server = createServer(nodeListener(answer, (error) => failures.push(error)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const open = async () => {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    let received = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      received += chunk;
    });
    return { socket, received: () => received };
  };
  return { url: `http://127.0.0.1:${port}`, open, failures };
};

const upload = (length: number): string =>
  `POST /up HTTP/1.1\r\nhost: a\r\ncontent-length: ${length}\r\n\r\n`;

test("who is answered before its body has come may go on by the same connection", async () => {
  const { open } = await listening(async ({ target }) => text(`said ${target}`));
  const { socket, received } = await open();
  socket.write(upload(4));
  await expect.poll(received).toContain("said /up");
  socket.write("body");
  // Longer than the rest of a body is waited for.
  await sleep(800);
  socket.write("GET /again HTTP/1.1\r\nhost: a\r\n\r\n");
  await expect.poll(received).toContain("said /again");
  socket.destroy();
});

test("who never sends the rest of a body that nobody wants is cut off", async () => {
  const { open } = await listening(async () => text("refused", { status: 413 }));
  const { socket, received } = await open();
  const closed = once(socket, "close");
  socket.on("error", () => {});
  socket.write(upload(1_000_000));
  await closed;
  expect(received()).toContain("413");
});

test("a client that goes away before the answer does no harm", async () => {
  let isAborted = false;
  let answered = (_answer: OutgoingAnswer): void => {};
  const { url, open } = await listening(async ({ target, signal }) => {
    if (target === "/") return text("still there");
    signal().addEventListener("abort", () => {
      isAborted = true;
    });
    return new Promise((resolve) => {
      answered = resolve;
    });
  });
  const { socket } = await open();
  socket.write("GET /slow HTTP/1.1\r\nhost: a\r\n\r\n");
  await sleep(50);
  socket.destroy();
  await expect.poll(() => isAborted).toBe(true);
  answered(text("too late"));
  await sleep(50);
  expect(await (await fetch(url)).text()).toBe("still there");
});

test("a client that goes away before its body was sent is given up", async () => {
  const outcomes: string[] = [];
  const { url, open } = await listening(async ({ target, bytes }) => {
    if (target === "/") return text("still there");
    await bytes(100).catch((error: Error) => outcomes.push(error.message));
    return text("too late");
  });
  const { socket } = await open();
  socket.write(`${upload(10)}half`);
  await sleep(50);
  socket.destroy();
  await expect.poll(() => outcomes).toEqual([expect.stringContaining("closed the connection")]);
  expect(await (await fetch(url)).text()).toBe("still there");
});

test("a body is read in pieces, and no further than its limit", async () => {
  const { url } = await listening(async ({ bytes }) => {
    try {
      return text(Buffer.from(await bytes(8)).toString());
    } catch (error) {
      return text((error as { code?: string }).code ?? "", { status: 413 });
    }
  });
  const send = async (...pieces: string[]) => {
    const body = new ReadableStream({
      async pull(controller) {
        const piece = pieces.shift();
        if (piece === undefined) return controller.close();
        controller.enqueue(new TextEncoder().encode(piece));
        await sleep(5);
      },
    });
    const response = await fetch(url, { method: "POST", body, duplex: "half" } as RequestInit);
    return [response.status, await response.text()];
  };
  expect(await send("one", "two")).toEqual([200, "onetwo"]);
  expect(await send("one", "two", "three")).toEqual([413, "body-too-large"]);
  expect(await send()).toEqual([200, ""]);
});

test("an answer that cannot be sent is an error of the server, and the server goes on", async () => {
  const { url, failures } = await listening(async ({ target }) =>
    target === "/" ? text("still there") : text("", { headers: { location: "/\n" } }),
  );
  expect((await fetch(`${url}/broken`)).status).toBe(500);
  expect(failures).toHaveLength(1);
  expect(await (await fetch(url)).text()).toBe("still there");
});

test("HEAD has the headers without the body", async () => {
  const { url } = await listening(async () => text("body"));
  const response = await fetch(url, { method: "HEAD" });
  expect([response.headers.get("content-type"), await response.text()]).toEqual(["text/plain", ""]);
});
