/**
 * Whether DynamoDB Local can be part of the tests here. Where it cannot, that is said loudly; where
 * it has to (PARLEY_REQUIRE_JAVA), the tests fail. Importing this fetches the jar when need be.
 */
import { isJavaUsable } from "../../local/emulator/database/dynamodbLocal.ts";
import { dynamodbLocalJar } from "../../local/emulator/database/dynamodbLocalJar.ts";

export const hasJava = await isJavaUsable();

if (hasJava) {
  process.env["DYNAMODB_LOCAL_DIR"] ??= await dynamodbLocalJar();
} else {
  if (process.env["PARLEY_REQUIRE_JAVA"]) throw new Error("Java 17 is required, and missing");
  console.error("\n  LEFT OUT: what needs DynamoDB Local, since there is no Java 17\n");
}

/** The databases that a test can run on here. */
export const databaseKinds = hasJava ? (["dynalite", "local"] as const) : (["dynalite"] as const);
