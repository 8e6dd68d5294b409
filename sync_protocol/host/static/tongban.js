/* Small helpers; every page works without them. Everything is switched on by data attributes:

   data-scan      on a text field: keys typed while nothing has the focus go there, since a scanner is a keyboard
   data-confirm   on a submit button: asks first
   data-guard     on a form: warns before leaving with unsaved input
   data-follow    on a form that htmx sends in the background while it is filled in: it goes without its files, with the
                  name of the field that is being typed into; what was kept is no longer unsaved. #kept-mark shows its
                  data-not-kept while the server does not answer
   data-preview   on a file field: shows small pictures and warns of files over data-bytes-max
   data-upload    on a file field of a form with data-uploads: what is chosen goes there at once, and the answer, lines for
                  #k-CODE, stands for it in the form. What does not get through stays chosen and goes with a button.
                  Files may also be dropped on the material (.material) that holds a file field
   data-camera    on a button: a picture from the camera becomes a file of the field that it names
   data-turns     on a choice of degrees: turns the picture that it names
   data-files-max on a form: its files are added up before it is sent, and it stays here while they are too large
   data-copy      on a button: copies its value
   data-print     on a button: prints the page
   data-digits    on a form of questions: a digit chooses that answer of the question that has the focus, and goes on to
                  the next one, or to the button behind the last
   data-refresh   on an element: asks its address again and again. The server holds the request until something
                  changes (long poll) and answers 200 with the new inside, or 204. Where the address must change too,
                  the answer begins with an element that carries data-refresh-next. */
"use strict";

document.documentElement.classList.add("js");

/* What is wrong comes first; else what the page names, also where it shows only with this script. */
const first = document.querySelector(".error-summary") || document.querySelector("[autofocus]");
if (first) first.focus();

/* Links of the summary lead to a field, or to the first choice of a group. */
document.addEventListener("click", (event) => {
  const link = event.target.closest(".error-summary a[href^='#']");
  const target = link && document.getElementById(link.getAttribute("href").slice(1));
  if (!target) return;
  event.preventDefault();
  const field = target.matches("fieldset") ? target.querySelector("input") || target : target;
  target.scrollIntoView({ block: "center" });
  field.focus({ preventScroll: true });
});

const scan = document.querySelector("[data-scan]");
if (scan) {
  document.addEventListener("keydown", (event) => {
    const idle = document.activeElement === document.body || document.activeElement.id === "main";
    if (idle && event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.altKey && !event.metaKey) scan.focus();
  });
}

const questions = document.querySelector("form[data-digits]");
if (questions) {
  document.addEventListener("keydown", (event) => {
    const place = document.activeElement;
    if (!/^[1-9]$/.test(event.key) || event.ctrlKey || event.altKey || event.metaKey || place.matches("input:not([type=radio]), textarea, select")) return;
    const groups = Array.from(questions.querySelectorAll("fieldset"));
    const number = Math.max(0, groups.findIndex((group) => group.contains(place)));
    const answer = groups[number].querySelectorAll("input[type=radio]")[Number(event.key) - 1];
    if (!answer) return;
    event.preventDefault();
    answer.click();
    const next = groups[number + 1];
    (next ? next.querySelector("input:checked, input") : questions.querySelector("button")).focus();
  });
}

/* A form is sent once; a question is asked first; what was sent is no longer unsaved. What htmx sends is its own. */
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const form = event.target;
  const button = event.submitter;
  if (form.dataset.sent || (button && button.dataset.confirm && !window.confirm(button.dataset.confirm))) {
    event.preventDefault();
    return;
  }
  if (tooLarge(form)) {
    event.preventDefault();
    form.querySelector(".files-too-large").focus();
    return;
  }
  delete form.dataset.changed;
  if (form.method === "post") form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form && "guard" in form.dataset) form.dataset.changed = "yes";
});
window.addEventListener("beforeunload", (event) => {
  if (document.querySelector("form[data-changed]")) event.preventDefault();
});

/* Whether the files of a form weigh more than it may bring; says so above the form, or no longer. */
function tooLarge(form) {
  const fields = form.querySelectorAll("input[type=file]");
  const sum = Array.from(fields).flatMap((field) => Array.from(field.files)).reduce((total, file) => total + file.size, 0);
  const over = "filesMax" in form.dataset && sum > Number(form.dataset.filesMax);
  let warning = form.querySelector(".files-too-large");
  if (over && !warning) {
    warning = document.createElement("p");
    warning.className = "notice notice-bad files-too-large";
    warning.tabIndex = -1;
    warning.setAttribute("role", "alert");
    warning.textContent = form.dataset.filesTooLarge;
    form.prepend(warning);
  } else if (!over && warning) {
    warning.remove();
  }
  return over;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("input[type=file]") && event.target.form) tooLarge(event.target.form);
});

document.addEventListener("change", (event) => {
  const field = event.target;
  if (!field.matches("input[data-preview]")) return;
  let box = field.parentElement.querySelector(".previews");
  if (!box) {
    box = document.createElement("div");
    box.className = "previews";
    box.setAttribute("aria-live", "polite");
    field.after(box);
  }
  for (const image of box.querySelectorAll("img")) URL.revokeObjectURL(image.src);
  box.replaceChildren(...Array.from(field.files, (file) => preview(field, file)));
});

function preview(field, file) {
  const figure = document.createElement("figure");
  if (/^image\/(jpeg|png|webp)$/.test(file.type)) {
    const image = document.createElement("img");
    image.src = URL.createObjectURL(file);
    image.alt = "";
    figure.append(image);
  }
  const caption = document.createElement("figcaption");
  const size = file.size < 1048576 ? `${Math.ceil(file.size / 1024)} KB` : `${(file.size / 1048576).toFixed(1)} MB`;
  caption.textContent = `${file.name} · ${size}`;
  figure.append(caption);
  if (file.size > Number(field.dataset.bytesMax)) {
    const warning = document.createElement("p");
    warning.className = "error";
    warning.textContent = field.dataset.tooLarge;
    figure.append(warning);
  }
  return figure;
}

/* Files go up as soon as they are chosen. The form is followed anew then, and so keeps them. */
document.addEventListener("change", (event) => {
  if (event.target.matches("input[data-upload]") && event.target.files.length) upload(event.target);
});

function upload(field) {
  const code = field.name.slice("file.".length);
  const list = document.getElementById(`k-${code}`);
  const most = Number(field.dataset.bytesMax);
  for (const old of list.querySelectorAll(".error")) old.remove();
  if (Array.from(field.files).some((file) => file.size > most)) return complain(list, field.dataset.tooLarge);
  const body = new FormData();
  for (const name of ["_form", "_from"]) body.append(name, field.form.elements[name].value);
  for (const file of field.files) body.append(field.name, file);
  const bar = document.createElement("progress");
  bar.max = 1;
  field.after(bar);
  const request = new XMLHttpRequest(); // fetch tells nothing of how far it is
  request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; });
  request.addEventListener("loadend", () => {
    bar.remove();
    if (request.status !== 200 || !request.responseURL.endsWith(field.form.dataset.uploads)) return complain(list, field.dataset.failed);
    field.value = "";
    for (const line of list.querySelectorAll("li:has(input)")) if (request.responseText.includes(line.querySelector("input").value)) line.remove();
    list.insertAdjacentHTML("beforeend", request.responseText);
    const said = field.closest("fieldset").querySelector("input[type=radio][value=received]");
    if (said && list.querySelector("li input") && field.form.elements[said.name].value === "") said.checked = true;
    list.dispatchEvent(new Event("change", { bubbles: true }));
    showUnless(field.form);
  });
  request.open("POST", field.form.dataset.uploads);
  request.send(body);
}

function complain(list, text) {
  const line = document.createElement("li");
  line.className = "error";
  line.setAttribute("role", "alert");
  line.textContent = text;
  list.append(line);
}

document.addEventListener("change", (event) => {
  const picture = event.target.dataset.turns && document.getElementById(event.target.dataset.turns);
  if (picture) picture.dataset.turned = event.target.value;
});

/* Files dropped on a material are chosen for it; dropped beside one they do not take the page away. */
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    if (!event.dataTransfer || !event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    const material = event.target.closest && event.target.closest(".material:has(input[type=file])");
    for (const other of document.querySelectorAll(".dropping")) other.classList.remove("dropping");
    if (!material) return;
    if (kind === "dragover") material.classList.add("dropping");
    if (kind === "drop") choose(material.querySelector("input[type=file]"), event.dataTransfer.files);
  });
}

function choose(field, files) {
  const chosen = new DataTransfer();
  for (const file of [...(field.multiple ? field.files : []), ...files]) chosen.items.add(file);
  field.files = chosen.files;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-camera]");
  if (!button) return;
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 2592 }, height: { ideal: 1944 }, facingMode: "environment" } });
  } catch {
    window.alert(button.dataset.denied);
    return;
  }
  const dialog = document.createElement("dialog");
  dialog.className = "camera";
  const video = Object.assign(document.createElement("video"), { srcObject: stream, muted: true, playsInline: true, autoplay: true });
  const bar = document.createElement("p");
  bar.className = "actions";
  for (const [kind, text] of [["primary", button.dataset.shoot], ["quiet", button.dataset.close]]) {
    const each = document.createElement("button");
    each.type = "button";
    each.className = `button button-${kind}`;
    each.textContent = text;
    bar.append(each);
  }
  dialog.append(video, bar);
  bar.lastChild.addEventListener("click", () => dialog.close());
  bar.firstChild.addEventListener("click", () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext("2d").drawImage(video, 0, 0);
    canvas.toBlob((blob) => {
      const name = `${new Date().toISOString().slice(0, 19).replaceAll(":", "")}.jpg`;
      if (blob) choose(document.getElementById(button.dataset.camera), [new File([blob], name, { type: "image/jpeg" })]);
      dialog.close();
    }, "image/jpeg", 0.92);
  });
  dialog.addEventListener("close", () => {
    for (const track of stream.getTracks()) track.stop();
    dialog.remove();
    button.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-print]");
  if (!button) return;
  if ("print" in button.dataset) {
    window.print();
  } else {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.done;
  }
});

const PAUSE_MS = 500;
const PAUSE_MS_MAX = 30000;

async function refresh(element) {
  let pause = PAUSE_MS;
  while (element.isConnected) {
    if (document.hidden) await new Promise((done) => document.addEventListener("visibilitychange", done, { once: true }));
    try {
      const answer = await fetch(element.dataset.refresh, { headers: { "Tongban-Background": "1", Accept: "text/html" }, redirect: "error" });
      if ([401, 403, 404].includes(answer.status)) return;
      if (!answer.ok) throw new Error(String(answer.status));
      if (answer.status === 200) show(element, await answer.text());
      pause = PAUSE_MS;
    } catch {
      pause = Math.min(pause * 2, PAUSE_MS_MAX);
    }
    await new Promise((done) => setTimeout(done, pause * (0.75 + Math.random() / 2)));
  }
}

function show(element, text) {
  element.innerHTML = text;
  const next = element.querySelector("[data-refresh-next]");
  if (next) element.dataset.refresh = next.dataset.refreshNext;
  if (window.htmx) window.htmx.process(element);
}

for (const element of document.querySelectorAll("[data-refresh]")) refresh(element);

/* data-unless="name=value other": the element shows until its form has that choice, or anything in the other field. */
function showUnless(form) {
  const said = new FormData(form);
  for (const element of form.querySelectorAll("[data-unless]")) {
    element.hidden = element.dataset.unless.split(" ").some((each) => {
      const [name, value] = each.split("=");
      return said.getAll(name).some((given) => (value ? given === value : (given.name ?? given) !== ""));
    });
  }
}
document.addEventListener("change", (event) => event.target.form && showUnless(event.target.form));
window.addEventListener("pageshow", () => document.querySelectorAll("form:has([data-unless])").forEach(showUnless));

/* A form that is followed goes without its files: they come with the buttons. */
document.addEventListener("htmx:config:request", (event) => {
  const { sourceElement: form, sourceEvent, request } = event.detail.ctx;
  if (!form.matches("[data-follow]")) return;
  for (const [name, value] of [...request.body]) if (value instanceof File) request.body.delete(name);
  const field = document.activeElement;
  if (sourceEvent && sourceEvent.type === "input" && field && field.form === form) request.body.set("_at", field.name);
});
document.addEventListener("htmx:after:request", (event) => {
  const { sourceElement: form, response } = event.detail.ctx;
  if (!form.matches("[data-follow]")) return;
  if (response && response.status === 200) delete form.dataset.changed;
  else notKept(form);
});
document.addEventListener("htmx:error", (event) => {
  const form = event.detail.ctx && event.detail.ctx.sourceElement;
  if (form && form.matches("[data-follow]")) notKept(form);
});

function notKept(form) {
  const mark = form.querySelector("#kept-mark");
  mark.textContent = mark.dataset.notKept;
}
