// Every text of the player, in one place. A language is one table more; what it lacks is said in
// English. `{name}` marks what is filled in.

const ENGLISH = {
  skip: "Skip to the course",
  bar: "Player",
  contents: "Contents",
  close: "Close",
  steps: "Parts of the course",
  previous: "Previous",
  next: "Next",
  more: "More",
  exit: "Exit",
  way_exit: "Finish this part",
  way_exitAll: "Finish the course",
  way_suspendAll: "Save and leave",
  way_abandon: "Leave this part without its results",
  way_abandonAll: "Leave the course without results of this part",
  log: "API log",
  dismiss: "Dismiss",
  position: "{at} of {of}",
  frame: "Course: {title}",
  loading: "Opening…",
  page_title: "{part} – {course}",

  state_idle: "",
  state_saving: "Saving",
  state_saved: "Saved",
  state_unsaved: "Not saved yet",
  state_stopped: "Not saving",
  state_unrecorded: "Not recorded",
  announce_unsaved: "Not saved yet. Trying again.",
  announce_saved: "Everything is saved again.",
  state_unrecorded_hint: "This is a preview or a review: nothing you do is recorded.",

  notice_offline: "No connection. Your work is kept in this browser and will be sent when the connection is back.",
  notice_offline_unkept:
    "No connection. Keep this page open: your latest work is only in this page until the connection is back.",
  notice_unavailable:
    "This browser does not let the course keep a copy of your work. If the connection fails, keep this page open until it says “Saved”.",
  notice_full:
    "This browser's storage is full, so your latest work is only in this page. Keep it open until it says “Saved”.",
  notice_uncounted:
    "This course is open in another tab, too. What you did here last came after newer work there, and does not count.",
  notice_replayed: "Work from your last visit that had not been sent is saved now.",
  notice_not_opened: "This part could not be loaded (answer {status}). Try it again, or tell whoever gave you this course.",

  progress: "{done} of {of} done",
  not_started: "Not started",
  incomplete: "Started",
  completed: "Completed",
  passed: "Passed",
  failed: "Not passed",
  score: "{percent} %",

  result_passed: "Your result is saved: passed{score}.",
  result_failed: "Your result is saved: not passed{score}.",
  result_so_far: "Your work is saved. So far: not passed{score}.",
  result_completed: "Your result is saved: completed{score}.",
  result_incomplete: "Your work is saved. You can go on where you left off.",
  result_silent: "Nothing was recorded of this visit, since the course has reported nothing.",
  result_unrecorded: "Nothing was recorded, since this was not a real attempt.",

  result_open: "Other parts of the course are still open.",

  refused_title: "This is not possible now",
  choose_title: "Choose a part",
  choose_text: "The contents show which parts you can open now.",
  closed_title: "This part is closed",
  closed_text: "You can go on with the next part, or leave the course.",
  nothing_open_title: "No part is open",
  nothing_open_text: "No other part can be opened now. You can leave the course.",
  abandon_title: "Leave this part without its results?",
  abandon_text: "What you have done since you opened this part will not count.",
  abandon_do: "Leave without results",

  finished_title: "You have finished",
  part_finished_title: "This part is finished",
  left_title: "You have left the course",
  paused_title: "Stopped for now",
  may_close: "You can close this window now.",
  may_leave: "You can leave this page now.",
  close_window: "Close window",
  leave: "Leave the course",
  return: "Return",
  show_again: "Back to the course page",
  open_again: "Open it again",
  open_contents: "Show contents",
  next_part: "Next part",
  back_to_part: "Back to “{title}”",
  try_again: "Try again",

  window_title: "{title} opens in a window of its own",
  window_text: "Keep this page open beside it: it saves your work.",
  window_open: "Open the window",
  window_front: "Show the window",
  window_here: "Open it in this page",
  window_blocked_title: "The browser did not open the window",
  window_blocked_text: "Allow windows for this page and try again, or open the course in this page.",
  window_playing_title: "{title} is open in a window of its own",
  window_playing_text: "Keep this page open beside it: it saves your work. When you close the window, you can go on here.",
  window_closed_title: "The window was closed",

  sign_title: "Sign that you have completed the course",
  sign_text: "Read the statement and type your name below it.",
  sign_name: "Your name",
  sign_your_name: "your name",
  sign_consent: "I have read this statement and sign it with my name.",
  sign_do: "Sign",
  sign_later: "Later",
  sign_no_name: "Type your name.",
  sign_no_consent: "Tick the box to sign.",
  sign_no_answer: "This could not be sent. What you typed is still here: try again.",
  sign_too_late: "This page is too old to sign. Open the course again, and you are asked again.",
  sign_policy_title: "Sign that you have read it",
  sign_policy_text: "When you have read the policy, type your name here.",
  sign_policy_consent: "I have read the policy above and sign with my name.",
  policy_version: "Version {version}",
  sign_go_on: "Continue",
  signed_title: "Signed",
  signed_text: "You have signed as {name} on {at}.",
  signed_before: "You had signed this before, as {name} on {at}.",

  saving_title: "Saving your work",
  saving_text: "This takes a moment.",
  waiting_title: "Not saved yet",
  waiting_text:
    "There is no connection. Your work is kept in this browser and is sent as soon as the connection is back. You may also close this page and come back later with this browser.",
  waiting_text_unkept:
    "There is no connection. Keep this page open: your latest work is only in this page until it is sent.",
  no_connection_title: "No connection",
  no_connection_text: "The course cannot be reached at the moment. Trying again by itself.",
  no_connection_saved:
    "Your work is saved. The course cannot be reached at the moment. It goes on as soon as the connection is back; you may also close this page.",

  superseded_title: "The course is open in another window",
  superseded_text: "You opened this course again later, and it goes on there. What was saved here until then counts.",
  superseded_unsaved:
    "The last steps in this window came after that. They are written down, but do not count towards your result.",
  ended_title: "This session is over",
  ended_text: "What was saved is kept. To go on, open the course again from where you started it.",
  ended_unsaved: "The last steps are kept in this browser and will be sent when you open the course again here.",
  failed_title: "Your work cannot be saved",
  failed_text: "The server does not accept what the course sends. What was saved before is kept.",
  not_delivered_title: "This part cannot be opened",
  not_delivered_text: "The server could not open it. Choose another part, or try again later.",
  broken_title: "The course cannot be opened",
  broken_text: "Something in this page did not load. Nothing is lost. Try again.",

  log_title: "API log",
  log_filter: "Filter",
  log_errors: "Errors",
  log_copy: "Copy",
  log_copied: "Copied",
  log_download: "Download",
  log_count: "{shown} of {all} calls",
  log_time: "Time",
  log_call: "Call",
  log_result: "Result",
  log_error: "Error",
  log_none: "No calls yet. They appear here as the course makes them.",
  log_late: "after the part was closed",
};

const LANGUAGES = { en: ENGLISH };

/// The texts in the page's language: `say("position", {at: 1, of: 3})`. The page is then marked with
/// the language that it speaks, so that a screen reader pronounces it right.
export function messages() {
  const wanted = document.documentElement.lang.toLowerCase().split("-")[0];
  const language = wanted in LANGUAGES ? wanted : "en";
  document.documentElement.lang = language;
  return (key, values = {}) =>
    (LANGUAGES[language][key] ?? ENGLISH[key] ?? key).replace(/\{(\w+)\}/g, (hole, name) => String(values[name] ?? hole));
}

/// A clause of the server, on its own.
export function sentence(clause) {
  return clause.charAt(0).toUpperCase() + clause.slice(1) + (/[.!?]$/.test(clause) ? "" : ".");
}

/// "85 %" of a scaled score, or nothing.
export function scoreText(say, score) {
  if (typeof score !== "number") return "";
  return say("score", { percent: Math.round(score * 1000) / 10 });
}

/// The one word for a status: success beats completion, since it says more.
export function statusKey(status) {
  if (status.success === "passed" || status.success === "failed") return status.success;
  return { completed: "completed", incomplete: "incomplete" }[status.completion] ?? "not_started";
}
