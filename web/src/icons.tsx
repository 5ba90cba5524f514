/** Pictures on buttons, each of which has a name in words. */
const icon = (path: string) =>
  function Icon() {
    return (
      <svg
        viewBox="0 0 24 24"
        width="20"
        height="20"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
      >
        <path d={path} />
      </svg>
    );
  };

export const PlusIcon = icon("M12 5v14M5 12h14");
export const BackIcon = icon("M15 5l-7 7 7 7");
export const SendIcon = icon("M12 19V5M5.5 11.5L12 5l6.5 6.5");
export const DownIcon = icon("M12 5v14M5.5 12.5L12 19l6.5-6.5");
export const SmileIcon = icon(
  "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 14.5a4.5 4.5 0 0 0 7 0M9 9.5v.01M15 9.5v.01",
);
export const MoreIcon = icon(
  "M4 12a1 1 0 1 0 2 0 1 1 0 1 0-2 0zM11 12a1 1 0 1 0 2 0 1 1 0 1 0-2 0z" +
    "M18 12a1 1 0 1 0 2 0 1 1 0 1 0-2 0z",
);
export const PeopleIcon = icon(
  "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20a6.5 6.5 0 0 1 13 0" +
    "M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14.5a6.5 6.5 0 0 1 3.5 5.5",
);
export const LockIcon = icon("M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3");
export const CloseIcon = icon("M6 6l12 12M18 6L6 18");
