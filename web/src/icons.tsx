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
