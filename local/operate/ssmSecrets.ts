/** Secrets as encrypted parameters (SecureString) of SSM. */
import {
  DeleteParameterCommand,
  GetParameterCommand,
  ParameterNotFound,
  PutParameterCommand,
  SSMClient,
  type SSMClientConfig,
} from "@aws-sdk/client-ssm";
import type { Secrets } from "./rotateSecret.ts";

/** `place` is for tests; by default the shell's region and credentials say where. */
export function ssmSecrets(place: SSMClientConfig = {}): Secrets & { close(): void } {
  const client = new SSMClient(place);
  return {
    async find(Name) {
      try {
        const asked = new GetParameterCommand({ Name, WithDecryption: true });
        const { Parameter } = await client.send(asked);
        const changedAtMs = Parameter?.LastModifiedDate?.getTime() ?? 0;
        return { value: Parameter?.Value ?? "", changedAtMs };
      } catch (error) {
        if (error instanceof ParameterNotFound) return undefined;
        throw error;
      }
    },
    async put(Name, Value) {
      const asked = { Name, Value, Type: "SecureString", Overwrite: true } as const;
      await client.send(new PutParameterCommand(asked));
    },
    async remove(Name) {
      await client.send(new DeleteParameterCommand({ Name }));
    },
    close: () => client.destroy(),
  };
}
