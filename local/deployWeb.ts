/**
 * Builds the chat page and uploads it to what `WEB: true` has deployed:
 *
 *     npm run deploy-web -- --stage prod
 *
 * It can be run again at any time, and goes on where it was killed.
 */
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { parseCommandLine, runCommand } from "./commandLine.ts";
import { outputsOf } from "./deploy/checkDeployment.ts";
import { checkPage, uploadPage } from "./operate/deployPage.ts";
import { buildPage } from "./page/build.ts";
import { stageOfProject } from "./stageOption.ts";
import { startError } from "./startError.ts";

const operation = "deploy the page";
const usage = `Usage: npm run deploy-web -- --stage STAGE

  --stage STAGE        a stage that was deployed with WEB: true; with the shell's AWS credentials`;

await runCommand(async () => {
  const { values } = parseCommandLine(operation, {
    options: {
      stage: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);
  const { stage } = values;
  if (stage === undefined) throw startError("--stage names no stage", operation);
  const place = { region: stageOfProject(stage).REGION };
  const { url, bucket, config } = await deployedPage(stage, place);
  const folder = await buildPage((line) => console.error(line));
  if (folder === undefined) throw startError("it could not be built", operation);
  const s3 = new S3Client(place);
  try {
    const count = await uploadPage(folder, config, {
      async put({ key, body, type, cache }) {
        const file = { Key: key, Body: body, ContentType: type, CacheControl: cache };
        await s3.send(new PutObjectCommand({ Bucket: bucket, ...file }));
      },
    });
    await checkPage(url, config, { fetch });
    console.log(`uploaded ${count} files: ${url}`);
  } finally {
    s3.destroy();
  }
});

async function deployedPage(stage: string, place: { region: string }) {
  const client = new CloudFormationClient(place);
  const outputs = await outputsOf(client, `parley-${stage}`).finally(() => client.destroy());
  if (outputs === undefined) throw startError(`parley-${stage} is not deployed there`, operation);
  const { PageUrl: url, PageBucket: bucket, PageConfig: config } = outputs;
  if (url === undefined || bucket === undefined || config === undefined) {
    throw startError(`parley-${stage} was deployed without WEB: true`, operation);
  }
  return { url, bucket, config };
}
