// Turns the sections of a page into a course: one page at a time, a quiz, a result, and a bar
// with the buttons. The markup it works on is described in README.md.
(function () {
  "use strict";

  const body = document.body;
  const settings = body.dataset;
  const pages = [...document.querySelectorAll("[data-page]")];
  const questions = [...document.querySelectorAll("[data-question]")];
  const bar = document.querySelector("[data-bar]");
  const passMarkOtherwise = Number(settings.passMark || 80);

  const state = { page: pages[0].dataset.page, visited: [], answers: {}, percent: null, passed: null };
  let session = null;
  let records = false;
  let ended = false;
  let shownAt = performance.now();

  const element = (name, attributes, text) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text) made.textContent = text;
    return made;
  };

  // ---- pages

  const indexOf = (name) => pages.findIndex((page) => page.dataset.page === name);
  const current = () => pages[indexOf(state.page)];
  const isQuiz = (page) => page.querySelector("[data-question]") !== null;
  const isResult = (page) => page.querySelector("[data-result]") !== null;

  function show(name, focus) {
    state.page = indexOf(name) < 0 ? pages[0].dataset.page : name;
    if (!state.visited.includes(state.page)) state.visited.push(state.page);
    for (const page of pages) page.hidden = page.dataset.page !== state.page;
    settings.currentPage = state.page;
    shownAt = performance.now();
    if (isResult(current())) showResult();
    showBar();
    if (focus) {
      const heading = current().querySelector("h1");
      heading.tabIndex = -1;
      heading.focus();
      document.querySelector("main").scrollTo(0, 0);
    }
    remember();
  }

  function showBar() {
    const at = indexOf(state.page);
    const quiz = isQuiz(current()) && state.percent === null;
    const result = isResult(current());
    const last = at === pages.length - 1;
    const visible = {
      previous: at > 0 && !result,
      next: !last && !quiz,
      submit: quiz,
      retry: result && state.passed === false,
      finish: last,
      "save-and-exit": true,
    };
    for (const button of bar.querySelectorAll("[data-action]")) {
      button.hidden = !visible[button.dataset.action];
    }
    bar.querySelector("[data-position]").textContent = `Page ${at + 1} of ${pages.length}`;
    bar.querySelector("progress").value = (at + 1) / pages.length;
  }

  function buildBar() {
    const buttons = [
      ["save-and-exit", "Save and exit", "quiet"], ["previous", "Back", "quiet"],
      ["retry", "Try again", "quiet"], ["next", "Next", "main"], ["submit", "Check answers", "main"],
      ["finish", "Finish", "main"],
    ];
    const progress = element("progress", { max: "1", "aria-label": "How far you are" });
    bar.append(progress, element("span", { "data-position": "" }), element("span", { class: "space" }));
    for (const [action, label, kind] of buttons) {
      bar.append(element("button", { type: "button", "data-action": action, class: kind }, label));
    }
  }

  // ---- quiz

  const chosen = (question) => {
    const written = question.querySelector("[data-answer-text]");
    if (written) return written.value.trim() === "" ? [] : [written.value.trim()];
    return [...question.querySelectorAll("[data-answer]:checked")].map((box) => box.dataset.answer);
  };

  const correct = (question) => question.dataset.correct.split(" ");
  const same = (one, other) => [...one].sort().join() === [...other].sort().join();
  const isRight = (question) =>
    question.dataset.kind === "numeric"
      ? Number(chosen(question)[0]) === Number(question.dataset.correct)
      : same(chosen(question), correct(question));

  function mark(question) {
    const right = isRight(question);
    question.dataset.verdict = right ? "right" : "wrong";
    const feedback = question.querySelector("[data-feedback]");
    feedback.hidden = false;
    feedback.dataset.lead = right ? "Right." : "Not quite.";
    return right;
  }

  function submit() {
    const open = questions.find((question) => chosen(question).length === 0);
    const warning = current().querySelector("[data-unanswered]");
    warning.hidden = !open;
    if (open) {
      open.querySelector("input").focus();
      return;
    }
    const seconds = (performance.now() - shownAt) / 1000 / questions.length;
    for (const question of questions) {
      const right = mark(question);
      state.answers[question.dataset.question] = chosen(question);
      if (records) session.answered(interaction(question, right, seconds));
    }
    state.percent = percentOf(questions);
    state.passed = state.percent >= (session ? session.passMark(passMarkOtherwise) : passMarkOtherwise);
    if (records) report();
    show(pages[pages.length - 1].dataset.page, true);
  }

  const percentOf = (some) => Math.round((100 * some.filter(isRight).length) / some.length);

  const interaction = (question, right, seconds) => ({
    id: `${settings.course}.${question.dataset.question}`,
    type: question.dataset.kind || "choice",
    objective: question.dataset.objective,
    response: chosen(question),
    correct: correct(question),
    weighting: 1,
    description: question.querySelector("legend").textContent.trim(),
    right,
    seconds,
  });

  function report() {
    const objectives = new Set(questions.map((question) => question.dataset.objective).filter(Boolean));
    for (const id of objectives) {
      const percent = percentOf(questions.filter((question) => question.dataset.objective === id));
      session.objective(id, { percent, passed: percent >= passMarkOtherwise });
    }
    session.result({ percent: state.percent, passed: state.passed });
  }

  function showResult() {
    const result = document.querySelector("[data-result]");
    if (state.percent === null) return;
    result.dataset.outcome = state.passed ? "passed" : "failed";
    result.dataset.score = state.percent;
    const words = state.passed ? "Passed" : "Not passed yet";
    result.replaceChildren(element("p", { class: "score" }, `${state.percent} %`), element("p", {}, words));
  }

  function retry() {
    state.percent = null;
    state.passed = null;
    state.answers = {};
    for (const question of questions) {
      delete question.dataset.verdict;
      question.querySelector("[data-feedback]").hidden = true;
      for (const input of question.querySelectorAll("input")) {
        input.checked = false;
        if (input.type !== "radio" && input.type !== "checkbox") input.value = "";
      }
    }
    show(pages.find(isQuiz).dataset.page, true);
  }

  // ---- what is kept

  function remember() {
    if (!session || !session.open) return;
    session.setLocation(state.page);
    session.suspend(JSON.stringify(state));
    if (records) {
      const measure = state.visited.length / pages.length;
      session.progress(measure);
      if (questions.length === 0 && measure === 1 && !session.isComplete()) session.complete();
    }
    session.save();
    showConnection();
  }

  function restore() {
    try {
      Object.assign(state, JSON.parse(session.suspended()));
    } catch {
      // Nothing was kept, or not by this course: begin at the bookmark or at the first page.
      state.page = session.location() || state.page;
    }
    for (const question of questions) {
      const kept = state.answers[question.dataset.question] || [];
      for (const box of question.querySelectorAll("[data-answer]")) {
        box.checked = kept.includes(box.dataset.answer);
      }
      const written = question.querySelector("[data-answer-text]");
      if (written && kept.length > 0) written.value = kept[0];
      if (state.percent !== null) mark(question);
    }
  }

  function keepDraft() {
    for (const question of questions) state.answers[question.dataset.question] = chosen(question);
    if (session && session.open) session.suspend(JSON.stringify(state));
  }

  function showConnection() {
    const status = document.querySelector("[data-connection]");
    settings.refusals = session ? session.refusals.length : 0;
    status.textContent = session ? "" : "This page is not connected to a learning system; nothing is kept.";
    status.hidden = session !== null;
  }

  /// Ends the session and leaves a page that says so.
  function end(suspended) {
    if (ended) return;
    ended = true;
    if (session) {
      const request = suspended ? settings.navigateOnExit : settings.navigateOnFinish;
      if (request) session.navigate(request);
      session.finish(suspended);
      showConnection();
    }
    settings.state = suspended ? "suspended" : "finished";
  }

  function close(suspended) {
    end(suspended);
    const farewell = document.querySelector("[data-farewell]");
    farewell.querySelector("p").textContent = suspended
      ? "Your place and your answers are kept. You may leave this page now."
      : "This part is done. You may leave this page now, or choose another part.";
    for (const page of pages) page.hidden = true;
    bar.hidden = true;
    farewell.hidden = false;
    farewell.querySelector("h1").focus();
  }

  function buildFarewell() {
    const farewell = element("section", { "data-farewell": "", hidden: "" });
    farewell.append(element("h1", { tabindex: "-1" }, "Saved"), element("p", {}));
    document.querySelector("main").append(farewell);
  }

  // ---- comments and shared data

  function note(form) {
    const field = form.querySelector("textarea, input");
    const text = field.value.trim();
    if (!session || text === "") return;
    const kept = form.dataset.share ? session.share(form.dataset.share, text) : session.comment(text, state.page);
    session.save();
    form.querySelector("[data-kept]").textContent = kept ? "Kept." : "This learning system cannot keep it.";
    form.dataset.state = kept ? "kept" : "refused";
  }

  function fillShared() {
    for (const form of document.querySelectorAll("[data-share]")) {
      form.querySelector("textarea, input").value = session.shared(form.dataset.share);
    }
  }

  // ---- start

  const step = (by) => show(pages[indexOf(state.page) + by].dataset.page, true);
  const actions = {
    previous: () => step(-1),
    next: () => step(1),
    submit,
    retry,
    finish: () => close(false),
    "save-and-exit": () => close(true),
  };

  function listen() {
    bar.addEventListener("click", (event) => {
      const button = event.target.closest("[data-action]");
      if (button && !ended) actions[button.dataset.action]();
    });
    document.addEventListener("change", keepDraft);
    document.addEventListener("submit", (event) => {
      event.preventDefault();
      if (event.target.matches("[data-note]")) note(event.target);
    });
    // Older tools end on unload, newer ones on pagehide; both are in the field.
    window.addEventListener(settings.endOn || "pagehide", () => end(true));
  }

  function start() {
    buildBar();
    buildFarewell();
    session = window.Scorm.connect();
    if (session) {
      records = session.mode() === "normal";
      if (records) session.begin();
      restore();
      fillShared();
    }
    listen();
    showConnection();
    settings.state = session ? "ready" : "preview";
    show(state.page, false);
  }

  start();
})();
