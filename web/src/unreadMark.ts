/** Where the mark of what is unread stands, and whether somebody looks. */
import type { RoomSnapshot, RoomSummary } from "parley-client";
import { useEffect, useRef, useState } from "react";

export function useVisibility(): boolean {
  const [isVisible, setIsVisible] = useState(() => document.visibilityState === "visible");
  useEffect(() => {
    const look = () => setIsVisible(document.visibilityState === "visible");
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  return isVisible;
}

/**
 * The read position when the room came on the screen, if anything was unread. It does not move
 * while somebody reads, or the mark would be gone before it was seen; it moves when they look away.
 */
export function useUnreadMark(
  summary: RoomSummary | undefined,
  state: RoomSnapshot["state"],
  isVisible: boolean,
): number | undefined {
  const mark = useRef<{ after: number | undefined }>(undefined);
  const isDecided = isVisible && mark.current !== undefined;
  if (!isDecided && state === "open" && summary !== undefined) {
    mark.current = { after: summary.unread > 0 ? summary.readSeq : undefined };
  }
  return mark.current?.after;
}
