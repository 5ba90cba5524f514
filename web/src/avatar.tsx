import { colourOf, initialOf } from "./people.ts";

/** A letter in the colour of its user. The name always stands beside it. */
export function Avatar({ user, name }: { user: string; name: string }) {
  return (
    <span className={`avatar colour-${colourOf(user)}`} aria-hidden="true">
      {initialOf(name)}
    </span>
  );
}
