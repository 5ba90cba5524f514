/** Asks for a reason, which may be left out, and does what was asked for. */
import { type FormEvent, useState } from "react";

interface Props {
  about: string;
  action: string;
  act: (reason: string | undefined) => Promise<void>;
  done: () => void;
}

export function ReasonForm({ about, action, act, done }: Props) {
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    act(reason.trim() || undefined).then(done, (error: Error) => setProblem(error.message));
  };
  return (
    <form className="asks" onSubmit={submit}>
      <label htmlFor="reason">{about}</label>
      <input
        id="reason"
        maxLength={200}
        placeholder="Reason (may be left out)"
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      <p className="problem" role="alert">
        {problem}
      </p>
      <div className="actions">
        <button type="button" onClick={done}>
          Cancel
        </button>
        <button type="submit" className="primary">
          {action}
        </button>
      </div>
    </form>
  );
}
