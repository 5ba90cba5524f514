/**
 * Launches Amazon's DynamoDB Local through the `dynamodb-local` package. By itself it would outlive
 * us, fail obscurely without Java, and start a download without its jar. So Java and jar are
 * checked first, and a guard process ends Java when we end, even after kill -9.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startError } from "../../startError.ts";
import { freePort } from "../freePort.ts";

const javaVersionMin = 17;
const fetchAdvice = "; without a download, it can come from the folder in DYNAMODB_LOCAL_DIR";
const fetchNoticeMs = 3000;
/** Both only bound a hang: what ends, or refuses, is known at once. */
const openTimeoutMs = 240_000;
const answerTimeoutMs = 30_000;

/**
 * Takes the jar from the folder in DYNAMODB_LOCAL_DIR, or from the package's download folder.
 * @throws StartError when there is no Java, or no jar in the folder
 */
export async function checkDynamodbLocal(jarFolder = process.env["DYNAMODB_LOCAL_DIR"]) {
  if (jarFolder && !existsSync(join(jarFolder, "DynamoDBLocal.jar"))) {
    throw startError(`DYNAMODB_LOCAL_DIR is ${jarFolder}, and no DynamoDBLocal.jar is there`);
  }
  const version = await javaVersion();
  const needed = `DynamoDB Local needs Java ${javaVersionMin} or newer`;
  if (version === undefined) throw startError(`${needed}, and there is no "java" on the PATH`);
  if (version < javaVersionMin) throw startError(`${needed}, and "java" is version ${version}`);
}

export async function startDynamodbLocal(wantedPort?: number, path?: string) {
  await checkDynamodbLocal();
  if (path !== undefined) mkdirSync(path, { recursive: true });
  const port = wantedPort ?? (await freePort());
  const guard = startGuard(port, path);
  const endpoint = `http://127.0.0.1:${port}`;
  const notice = setTimeout(() => console.error("fetching DynamoDB Local, 50 MB"), fetchNoticeMs);
  try {
    await Promise.race([guard.launched, guard.failed]).finally(() => clearTimeout(notice));
    await Promise.race([untilItAnswers(endpoint), guard.failed]);
  } catch (error) {
    await guard.stop();
    throw error;
  }
  guard.unref();
  return { endpoint, stop: guard.stop };
}

function startGuard(port: number, path = "") {
  const script = fileURLToPath(new URL("dynamodbLocalGuard.mjs", import.meta.url));
  // A process group of its own, because Ctrl-C in the terminal must reach only us.
  const guard = spawn(process.execPath, [script, String(port), path], {
    detached: true,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const stderr = guard.stderr as Socket;
  let complaint = "";
  stderr.setEncoding("utf8").on("data", (text) => {
    complaint = (complaint + text).slice(0, 1000);
  });
  let isLaunched = false;
  const launched = once(guard, "message").then(() => {
    isLaunched = true;
  });
  // Not "close": it never comes after the channel was disconnected from this side.
  const ended = new Promise<void>((resolve) => guard.once("exit", () => resolve()));
  return {
    /** The jar is there, which may have taken a download, and Java was started. */
    launched,
    // "close" comes after the last of the complaint.
    failed: once(guard, "close").then(() => {
      const reason = complaint.trim().split("\n")[0] || "no reason given";
      throw startError(`DynamoDB Local ended (${reason})${isLaunched ? "" : fetchAdvice}`);
    }),
    stop: async () => {
      // Keep this process alive until the guard has ended.
      guard.ref();
      if (guard.connected) guard.disconnect();
      await ended;
    },
    unref: () => {
      guard.unref();
      guard.channel?.unref();
      stderr.unref();
    },
  };
}

/** Java takes two or three seconds to open the port. Any HTTP answer is enough. */
async function untilItAnswers(endpoint: string): Promise<void> {
  const deadlineMs = Date.now() + openTimeoutMs;
  while (!(await isAnswering(endpoint))) {
    if (Date.now() > deadlineMs) throw startError("DynamoDB Local did not open its port");
    await delay(100);
  }
}

export function isAnswering(endpoint: string): Promise<boolean> {
  return fetch(endpoint, { signal: AbortSignal.timeout(answerTimeoutMs) }).then(
    () => true,
    () => false,
  );
}

/** Tests leave DynamoDB Local out where it cannot run. */
export async function isJavaUsable(): Promise<boolean> {
  return ((await javaVersion()) ?? 0) >= javaVersionMin;
}

/** Undefined when there is no Java. Java 8 calls itself 1.8. */
async function javaVersion(): Promise<number | undefined> {
  const output = await promisify(execFile)("java", ["-version"]).catch(() => undefined);
  const version = /version "(?:1\.)?(\d+)/.exec(output?.stderr ?? "")?.[1];
  return version === undefined ? undefined : Number(version);
}
