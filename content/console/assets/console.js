// What the console's pages do beyond HTML: upload with progress, copy, times in the reader's zone.
// Every page works without it.

const units = ["B", "kB", "MB", "GB"];

function size(bytes) {
  let unit = 0;
  while (bytes >= 1000 && unit < units.length - 1) {
    bytes /= 1000;
    unit += 1;
  }
  return `${bytes.toFixed(unit === 0 || bytes >= 100 ? 0 : 1)} ${units[unit]}`;
}

/// Shows the server's answer to an upload: another page, or this one with a report in it.
function show(request) {
  if (request.status === 200) {
    location.assign(request.responseURL);
    return;
  }
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  const main = page.querySelector("main");
  if (main === null) {
    location.reload();
    return;
  }
  document.querySelector("main").replaceWith(main);
  document.title = page.title;
  main.tabIndex = -1;
  main.focus();
  begin(main);
}

function upload(form) {
  const status = form.querySelector("[data-progress]");
  const bar = status.querySelector("progress");
  const text = status.querySelector("[role=status]");
  const button = form.querySelector("button");
  const request = new XMLHttpRequest();
  const began = performance.now();
  button.disabled = true;
  status.hidden = false;
  request.upload.onprogress = (event) => {
    bar.max = event.total;
    bar.value = event.loaded;
    const seconds = (performance.now() - began) / 1000;
    const left = Math.ceil((seconds * (event.total - event.loaded)) / Math.max(event.loaded, 1));
    text.textContent = `Sending ${size(event.loaded)} of ${size(event.total)}, about ${left} s left`;
  };
  request.upload.onload = () => {
    bar.removeAttribute("value");
    text.textContent = "Checking the package";
  };
  request.onload = () => show(request);
  request.onerror = () => {
    button.disabled = false;
    status.hidden = true;
    form.querySelector("[data-failed]").hidden = false;
  };
  request.open("POST", form.action);
  request.send(new FormData(form));
}

function beginUpload(form) {
  const input = form.querySelector("input[type=file]");
  form.addEventListener("submit", (event) => {
    // What opens a page of its own leaves this one as it is.
    if (event.submitter?.formTarget === "_blank") return;
    event.preventDefault();
    if (input.files.length > 0) upload(form);
  });
  for (const kind of ["dragenter", "dragover"]) {
    form.addEventListener(kind, (event) => {
      event.preventDefault();
      form.classList.add("over");
    });
  }
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    if (event.dataTransfer.files.length === 0) return;
    input.files = event.dataTransfer.files;
    form.requestSubmit();
  });
}

function beginCopy(button) {
  const source = document.getElementById(button.dataset.copy);
  const label = button.textContent;
  button.hidden = navigator.clipboard === undefined;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = label), 2000);
  });
}

/// The full time in the reader's own zone, on hover; the page itself says UTC.
function zoned(time) {
  const local = new Date(time.dateTime);
  if (!Number.isNaN(local.getTime())) {
    time.title = local.toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" });
  }
}

function beginFilter(input) {
  const table = document.getElementById(input.dataset.filter);
  if (table === null) return;
  const rows = table.querySelectorAll("tbody tr");
  input.closest("[hidden]")?.removeAttribute("hidden");
  input.addEventListener("input", () => {
    const wanted = input.value.toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
}

function begin(root) {
  root.querySelectorAll("form[data-upload]").forEach(beginUpload);
  root.querySelectorAll("button[data-copy]").forEach(beginCopy);
  root.querySelectorAll("time[datetime]").forEach(zoned);
  root.querySelectorAll("input[data-filter]").forEach(beginFilter);
  // Opening a one-time link signs in; a program that only previews links does not use it up.
  root.querySelector("form[data-auto]")?.requestSubmit();
  root.querySelectorAll("select[data-submit]").forEach((select) => {
    select.addEventListener("change", () => select.form.requestSubmit());
  });
}

begin(document);
